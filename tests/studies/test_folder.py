"""A disk that refuses what a study writes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.studies.folder import empty, is_free, kept_in
from ftcli.system.lock import NAME
from tests.running import Command
from tests.tiny import data, models

YAML = """
task: text-classification
data: {train: reviews.csv, val: 0.25, batch_size: 4, max_length: 8}
model: bert
training: {epochs: 1, device: cpu}
"""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.ENOTDIR])
def test_what_the_disk_refuses_names_the_folder(number: int) -> None:
    with (
        pytest.raises(RunError, match=f"^study: cannot be written: {os.strerror(number)}$"),
        kept_in(Path("study")),
    ):
        raise OSError(number, os.strerror(number))


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ConnectionResetError), kept_in(Path("study")):
        raise ConnectionResetError(errno.ECONNRESET, "reset")


@pytest.mark.parametrize("words", [("recommend", "--race", "0"), ("tune", "--trials", "1")])
def test_a_study_answers_for_a_folder_in_a_file(
    ftcli: Command, workplace: Path, words: tuple[str, ...]
) -> None:
    data.table(workplace / "reviews.csv", data.reviews(16))
    models.bert(workplace / "bert")
    (workplace / "x.yaml").write_text(YAML)
    command, *options = words
    said = ftcli.refused(command, "x.yaml", *options, "--output", "x.yaml/study")
    assert "x.yaml/study: cannot be written: Not a directory" in said


def test_a_folder_is_free_until_something_is_known(tmp_path: Path) -> None:
    study = tmp_path / "study"
    assert is_free(study)
    study.mkdir()
    for name in (NAME, "x.json.partial-0123456789abcdef", "start.yaml"):
        (study / name).touch()
    (study / "trials" / "0000").mkdir(parents=True)
    assert not is_free(study)
    assert is_free(study, ("start.yaml", "trials"))
    assert not is_free(study / "start.yaml")
    empty(study)
    assert [one.name for one in study.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("recommend", "--race", "0", "--models", "bert"), ()),
        (("tune", "--trials", "1"), ("start.yaml", "trials/0000/x")),
    ],
)
def test_a_study_that_was_killed_as_it_began_begins_again(
    ftcli: Command, workplace: Path, words: tuple[str, ...], left: tuple[str, ...]
) -> None:
    data.table(workplace / "reviews.csv", data.reviews(16))
    models.bert(workplace / "bert")
    (workplace / "x.yaml").write_text(YAML)
    for name in (NAME, *left):
        (workplace / "study" / name).parent.mkdir(parents=True, exist_ok=True)
        (workplace / "study" / name).touch()
    command, *options = words
    ftcli.ok(command, "x.yaml", *options, "--output", "study")


def test_a_mistake_leaves_no_folder_that_is_in_the_way(ftcli: Command, workplace: Path) -> None:
    (workplace / "x.yaml").write_text(YAML)
    ftcli.refused("recommend", "x.yaml", "--output", "study")
    assert not (workplace / "study").exists()
