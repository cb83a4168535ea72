"""What there is to predict."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.tiny import data as tiny


def test_images_and_folders_of_images(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path / "some", per_class=1)
    one = tiny.image(tmp_path / "a.png")
    split = open_unlabelled((IMAGE,), [one, tmp_path / "some"], None, Data())
    assert [split[index].id for index in range(len(split))] == [
        str(tmp_path / name) for name in ("a.png", "some/blue/0.png", "some/red/0.png")
    ]
    assert (split[0].inputs, split[0].target) == ({"image": one}, None)


def test_texts_and_text_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("from a file\n")
    split = open_unlabelled((TEXT,), [tmp_path / "a.txt", "and / or: good // film"], None, Data())
    assert [split[index].inputs["text"] for index in range(2)] == ["from a file\n", "and / or: good // film"]
    assert split[1].id == "and / or: good // film"


def test_a_table_needs_no_label(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"review": "one"}, {"review": "two"}])
    split = open_unlabelled((TEXT,), [], path, Data(train="b.csv", text="review", label="gone"))
    assert [(split[i].id, split[i].inputs["text"], split[i].target) for i in range(2)] == [
        ("1", "one", None), ("2", "two", None),
    ]  # fmt: skip
    with pytest.raises(DataError, match=r"data.text: .*a.csv has no column 'text'"):
        open_unlabelled((TEXT,), [], path, Data(text="text"))


def test_a_table_of_images(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    split = open_unlabelled((IMAGE,), [], path, Data(image="image", root="gone since"))
    assert split[0].inputs["image"] == tmp_path / "images/blue/0.png"


def test_what_does_not_exist(tmp_path: Path) -> None:
    for modality, name in (("image", "a.png"), ("text", "a.txt")):
        with pytest.raises(DataError, match="no such file or folder"):
            open_unlabelled((MODALITIES[modality],), [tmp_path / name], None, Data())
    with pytest.raises(DataError, match="--input: no such file"):
        open_unlabelled((TEXT,), [], tmp_path / "a.csv", Data())
    with pytest.raises(DataError, match="nothing to predict"):
        open_unlabelled((IMAGE,), [], None, Data())
    with pytest.raises(DataError, match="not both"):
        open_unlabelled((TEXT,), ["a"], tmp_path / "a.csv", Data())
    with pytest.raises(DataError, match="pairs of texts"):
        open_unlabelled((TEXT,), ["a"], None, Data(text_pair="b"))


@pytest.mark.parametrize("header", [True, False])
def test_a_new_table_may_name_its_columns_where_the_training_table_did_not(
    tmp_path: Path, header: bool
) -> None:
    rows = [{"text": "a dull mess", "label": "x"}, {"text": "a joy", "label": "y"}]
    path = tiny.table(tmp_path / "new.tsv", rows, header=header)
    split = open_unlabelled((TEXT,), [], path, Data(columns=("text", "label")))
    assert [split[index].inputs["text"] for index in range(len(split))] == ["a dull mess", "a joy"]
