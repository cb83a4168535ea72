"""Columns of tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.cli.starter import Starter, Wishes
from ftcli.data.discovery.recognise import recognise
from tests.tiny import data as tiny
from tests.tiny import sounds


def test_images_of_a_table(tmp_path: Path) -> None:
    found = recognise(tiny.image_table(tmp_path / "a.csv"))
    assert (found.modality.name, found.data["image"], found.data["label"]) == ("image", "image", "label")


@pytest.mark.parametrize("header", [True, False])
def test_sounds_and_what_is_said(tmp_path: Path, header: bool) -> None:
    sounds.named_files(tmp_path / "clips")
    files = sorted((tmp_path / "clips").iterdir())
    rows = [{"file": f"clips/{file.name}", "words": f"take {n}", "age": "30"} for n, file in enumerate(files)]
    found = recognise(tiny.table(tmp_path / "a.csv", rows, header=header))
    assert (found.modality.name, found.kind.wanted, found.kind.name) == ("audio", "transcript", "transcript")
    assert (found.data["audio"], found.data["target"]) == (
        ("file", "words") if header else ("audio", "target")
    )
    assert sum(found.sizes.values()) == 16


def test_a_table_beside_its_images(tmp_path: Path) -> None:
    rows = [{"filename": f"{n}.png", "apple": n % 2, "plum": int(n < 4)} for n in range(8)]
    for row in rows:
        tiny.image(tmp_path / str(row["filename"]))
    table = tiny.table(tmp_path / "_classes.csv", rows)
    for path in (table, tmp_path):
        found = recognise(path)
        assert dict(found.data) == {"train": str(table), "image": "filename", "label": ["apple", "plum"]}
        assert (found.kind.name, found.classes) == ("multi-label", ("apple", "plum"))
        assert "  label: [apple, plum]\n" in Starter.of(str(path), Wishes(), download=True).commented()


def test_texts_with_columns_of_0_and_1(tmp_path: Path) -> None:
    rows = [row | {"rude": n % 2, "loud": n % 3 % 2} for n, row in enumerate(tiny.reviews(12))]
    without = [{key: value for key, value in row.items() if key != "label"} for row in rows]
    assert recognise(tiny.table(tmp_path / "a.csv", without)).data["label"] == ["rude", "loud"]
    assert recognise(tiny.table(tmp_path / "b.csv", rows)).data["label"] == "label"


def test_the_form_of_ljspeech(tmp_path: Path) -> None:
    said = ["Dr. Who", '"The" end', "It is 10", "No more", "So it is", "A new day"]
    lines = [f"LJ-{n}|{text}|{text.replace('10', 'ten')}\n" for n, text in enumerate(said)]
    (tmp_path / "metadata.csv").write_text("".join(lines))
    for number in range(len(said)):
        sounds.sound(tmp_path / f"wavs/LJ-{number}.wav")
    for path in (tmp_path, tmp_path / "metadata.csv"):
        found = recognise(path)
        assert (found.kind.name, sum(found.sizes.values())) == ("transcript", 6)
        assert dict(found.data) == {
            "train": str(tmp_path / "metadata.csv"),
            "columns": ["id", "column_2", "target"],
            "audio": "wavs/{id}.wav",
            "target": "target",
            "delimiter": "|",
            "quoting": False,
        }


def test_ids_of_images(tmp_path: Path) -> None:
    rows = [{"id": f"00{n}", "breed": "ab"[n % 2]} for n in range(8)]
    for row in rows:
        tiny.image(tmp_path / f"train/{row['id']}.jpg")
    found = recognise(tiny.table(tmp_path / "labels.csv", rows))
    assert (found.data["image"], found.data["label"]) == ("train/{id}.jpg", "breed")
    assert sum(found.sizes.values()) == 8


@pytest.mark.parametrize(
    ("labels", "kind", "keys"),
    [
        (["1", "1.0", "2", "2.0"], "single-label", {}),
        (["1.0", "2.0", "3.0", "4.0"], "number", {}),
        (["['a']", "['a', 'b']", "['b']", "['b', 'c']"], "multi-label", {}),
        (["a", "b", "a#b", "b#a"], "multi-label", {"label_separator": "#"}),
    ],
)
def test_how_labels_are_written(tmp_path: Path, labels: list[str], kind: str, keys: dict[str, str]) -> None:
    rows = [{"text": f"some words {n}", "label": labels[n % 4]} for n in range(16)]
    table = tiny.table(tmp_path / "a.csv", rows)
    found = recognise(table)
    assert found.kind.name == kind
    assert dict(found.data) == {"train": str(table), "text": "text", "label": "label", **keys}
