"""`ftcli check`: what it prints, its document and its statuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.findings.planted import photograph
from tests.running import Command
from tests.tiny import data as tiny


@pytest.fixture
def photos(workplace: Path) -> Path:
    """Two classes of pictures, six for training and three for validation of each."""
    for number, (split, name) in enumerate(
        (split, name)
        for split, count in (("train", 6), ("val", 3))
        for name in ("hill", "lake")
        for _ in range(count)
    ):
        folder = workplace / "photos" / split / name
        folder.mkdir(parents=True, exist_ok=True)
        photograph(number).save(folder / f"{number}.png")
    return workplace / "photos"


def test_clean_data_are_one_line(ftcli: Command, photos: Path) -> None:
    shown = ftcli.ok("check", "photos", "--strict")
    assert shown.startswith("0 findings; 18 examples in ")
    assert len(shown.splitlines()) == 1


def test_findings_have_places_and_advice(ftcli: Command, photos: Path) -> None:
    shutil.copy(photos / "train/hill/0.png", photos / "val/hill/same.png")
    photograph(7).resize((80, 60)).save(photos / "val/lake/smaller.jpg")
    lines = ftcli.ok("check", "photos").splitlines()
    assert lines[:3] == [
        "warning: 1 image of val is also in train",
        "    photos/train/hill/0.png = photos/val/hill/same.png",
        "  -> remove them from train or val: figures of val are too good with them",
    ]
    assert lines[3:5] == [
        "warning: 1 image of val is nearly the same as one of train",
        "    photos/train/lake/7.png = photos/val/lake/smaller.jpg",
    ]
    assert lines[-1].startswith("2 findings: 2 warnings; 20 examples in ")
    assert ftcli("check", "photos", "--strict").status == 3


def test_the_document_has_what_the_screen_has(ftcli: Command, photos: Path) -> None:
    shutil.copy(photos / "train/hill/0.png", photos / "train/hill/same.png")
    document = json.loads(ftcli.ok("check", "photos", "--json", "--strict"))
    assert list(document) == ["version", "data", "examples", "findings", "seconds"]
    assert (document["version"], document["data"]) == (1, "photos")
    assert document["examples"] == {"train": 13, "val": 6}
    (found,) = document["findings"]
    assert found == {
        "kind": "same-input-within-split",
        "severity": "note",
        "count": 1,
        "message": "1 image of train is there more than once",
        "places": ["photos/train/hill/0.png = photos/train/hill/same.png"],
        "advice": "keep one of each, unless train is meant to count them more than once",
    }


def test_a_file_with_overrides_and_a_run(ftcli: Command, workplace: Path) -> None:
    tiny.table(workplace / "a.csv", tiny.reviews(12) * 2)
    (workplace / "x.yaml").write_text("task: text-classification\ndata: {train: b.csv, val: 0.0}\nmodel: x\n")
    assert "b.csv" in ftcli.refused("check", "x.yaml")
    assert "12 texts of train are there more than once" in ftcli.ok("check", "x.yaml", "data.train=a.csv")
    run = workplace / "runs" / "x"
    run.mkdir(parents=True)
    (run / "experiment.yaml").write_text((workplace / "x.yaml").read_text().replace("b.csv", "a.csv"))
    assert "12 texts of train" in ftcli.ok("check", "runs/x")


def test_a_broken_file_does_not_hide_the_rest(ftcli: Command, photos: Path) -> None:
    (photos / "train/hill/0.png").write_bytes(b"nothing")
    shutil.copy(photos / "train/hill/1.png", photos / "val/hill/same.png")
    shown = ftcli("check", "photos", "--strict")
    assert shown.status == 3
    assert "error: 1 file that cannot be used\n    photos/train/hill/0.png is not an image" in shown.out
    assert "1 image of val is also in train" in shown.out


def test_an_empty_class_folder_is_a_finding(ftcli: Command, photos: Path) -> None:
    (photos / "train/empty").mkdir()
    shown = ftcli("check", "photos", "--strict")
    assert shown.status == 3
    assert json.loads(ftcli.ok("check", "photos", "--json"))["findings"][0]["kind"] == "empty-class"
    assert "no images in the class folder 'empty': fill it or remove it" in shown.out


@pytest.mark.parametrize("given", ["nowhere", "nowhere.yaml"])
def test_a_path_that_is_not_there_is_a_mistake(given: str, ftcli: Command, workplace: Path) -> None:
    assert given in ftcli.refused("check", given)


def test_names_cannot_steer_the_terminal(ftcli: Command, workplace: Path) -> None:
    tiny.table(
        workplace / "a.csv", [{"text": "\x1b[31mthe whole text is red", "label": one} for one in "abab"]
    )
    shown = ftcli.ok("check", "a.csv")
    assert "\x1b" not in shown
    assert json.loads(ftcli.ok("check", "a.csv", "--json"))["findings"]


def test_names_of_files_are_inert_and_utf8(ftcli: Command, photos: Path) -> None:
    for name in ("hill\u202e\x9b", "caf\udce9"):
        (photos / "train" / name).mkdir()
        shutil.copy(photos / "train/hill/0.png", photos / "train" / name / "same.png")
    text = ftcli.ok("check", "photos", "--json")
    assert "same.png" in text
    assert all(char.isprintable() or char == "\n" for char in text)
    assert json.loads(text.encode())["findings"]
