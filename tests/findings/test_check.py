"""Faults that were planted are all found, in images, sounds and texts, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageOps

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_splits
from ftcli.findings import check as module
from ftcli.findings.check import Checked, check, quick
from ftcli.findings.finding import Finding
from tests.findings.planted import MAKERS, Row, clean, data, faulty, photograph


def checked(folder: Path, name: str, rows: dict[str, list[Row]]) -> Checked:
    maker = MAKERS[name]
    given = data(folder, maker, rows)
    return check(given, inputs=(maker.modality,), wants="category", seed=0, places={})


def by_kind(found: Checked) -> dict[str, Finding]:
    kinds = [one.kind for one in found.findings]
    assert len(kinds) == len(set(kinds)), kinds
    return {one.kind: one for one in found.findings}


@pytest.mark.parametrize("name", MAKERS)
def test_clean_data_have_no_findings(name: str, tmp_path: Path) -> None:
    found = checked(tmp_path, name, clean(tmp_path, MAKERS[name]))
    assert (found.findings, found.examples) == ((), {"train": 36, "val": 12})


@pytest.mark.parametrize("name", MAKERS)
def test_all_planted_faults_are_found(name: str, tmp_path: Path) -> None:
    rows = faulty(tmp_path, MAKERS[name])
    found = by_kind(checked(tmp_path, name, rows))
    train, val = tmp_path / "train.csv", tmp_path / "val.csv"
    # The header is line 1, and rows begin behind it.
    again, turned, changed, nameless = range(240, 244)
    expected = {
        "missing-label": ("error", 1, f"{train}:{nameless}"),
        "tiny-class": ("warning", 1, "rare: 2 examples"),
        "unequal-classes": ("note", 1, "b: 18 examples"),
        "class-not-in-split": ("note", 1, "rare"),
        "same-input-within-split": ("note", 2, f"{train}:2 = {train}:{again}"),
        "same-input-in-two-splits": ("warning", 1, f"{train}:5 = {val}:14"),
        "same-input-different-labels": ("warning", 1, f"{train}:3 (b) = {train}:{turned} (a)"),
        "near-copy-within-split": ("note", 1, f"{train}:4 = {train}:{changed}"),
        "near-copy-in-two-splits": ("warning", 1, f"{train}:6 = {val}:15"),
        "group-in-two-splits": ("note", 1, "train0"),
    }
    assert found.keys() == expected.keys()
    for kind, (severity, count, place) in expected.items():
        assert (found[kind].severity, found[kind].count) == (severity, count), found[kind]
        assert found[kind].places[0].startswith(place), found[kind]
        assert found[kind].advice


@pytest.mark.parametrize("name", ["image", "sound"])
def test_a_file_that_only_decoding_shows_to_be_broken(name: str, tmp_path: Path) -> None:
    rows = clean(tmp_path, MAKERS[name])
    # What is cut off is seen by its ends, and left out before anything is decoded.
    cut = tmp_path / rows["train"][0].item
    cut.write_bytes(cut.read_bytes()[:200])
    found = by_kind(checked(tmp_path, name, rows))
    assert found.keys() == {"broken-file"}
    assert (found["broken-file"].severity, found["broken-file"].count) == ("error", 1)
    assert cut.name in found["broken-file"].places[0]


def test_pixels_that_are_damaged_in_the_middle(tmp_path: Path) -> None:
    rows = clean(tmp_path, MAKERS["image"])
    broken = tmp_path / rows["val"][0].item
    content = broken.read_bytes()
    broken.write_bytes(content[:200] + bytes(100) + content[300:])
    found = by_kind(checked(tmp_path, "image", rows))
    assert found.keys() == {"broken-file"}
    assert broken.name in found["broken-file"].places[0]


def test_what_training_says_at_its_start_needs_no_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = MAKERS["image"]
    rows = {split: [row for row in ones if row.label] for split, ones in faulty(tmp_path, maker).items()}
    splits = open_splits(
        data(tmp_path, maker, rows), inputs=(maker.modality,), wants="category", seed=0, places={}
    )
    kinds = [one.kind for one in quick(splits)]
    assert kinds[0] in ("tiny-class", "same-input-in-two-splits", "same-input-different-labels")
    assert not [kind for kind in kinds if kind.startswith("near")]
    assert "same-input-in-two-splits" in kinds
    monkeypatch.setattr(module, "MOST_EXAMPLES", 20)
    assert "same-input-in-two-splits" not in [one.kind for one in quick(splits)]


@pytest.mark.parametrize(
    ("names", "kinds"),
    [(("hill", "lake"), {"near-copy-different-labels"}), (("turn_left", "turn_right"), set())],
)
def test_mirrored_images_are_copies_unless_classes_differ_by_that(
    names: tuple[str, str], kinds: set[str], tmp_path: Path
) -> None:
    for number in range(12):
        folder = tmp_path / names[number % 2]
        folder.mkdir(exist_ok=True)
        photograph(number).save(folder / f"{number}.png")
    ImageOps.mirror(photograph(0)).save(tmp_path / names[1] / "mirrored.png")
    found = check(Data(source=str(tmp_path), val=0.0), inputs=(IMAGE,), wants="category", seed=0, places={})
    assert {one.kind for one in found.findings} >= kinds
    assert bool(kinds) == any(one.kind.startswith("near") for one in found.findings)
