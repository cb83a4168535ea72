"""Records of a study on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ftcli.config.schema import Data, Experiment
from ftcli.studies.recommend.kept import Kept, key_of
from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.records import Evidence, Facts, Groups, Raced
from tests.studies.recommend.made_up import evidence, facts, raced, share


@pytest.mark.parametrize(
    "record", [facts(), evidence(share(3, 5)), raced(share(3, 5), 1.0)[1.0], Groups((0, 0, 2))]
)
def test_a_record_comes_back(tmp_path: Path, record: Facts | Evidence | Raced | Groups) -> None:
    kept = Kept(tmp_path / "study")
    kept.put("kind", "key", record)
    assert kept.get("kind", "key", type(record)) == record


@pytest.mark.parametrize("text", ["", "{", "[]", '"a"', '{"unknown": 1}'])
def test_what_is_damaged_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    kept = Kept(tmp_path)
    kept.put("kind", "key", facts())
    (tmp_path / "kind" / "key.json").write_text(text)
    assert kept.get("kind", "key", Facts) is None
    assert kept.get("kind", "other", Facts) is None


def test_a_key_changes_with_all_that_decides_a_record(tmp_path: Path) -> None:
    weights = tmp_path / "resnet18.pth"
    weights.write_bytes(b"one")
    candidate, base = (
        Candidate("torchvision/resnet18", str(weights)),
        Experiment("image-classification", Data("a")),
    )
    key = key_of(candidate, base)
    assert key == key_of(candidate, base)
    others = [
        key_of(candidate.resized(96), base),
        key_of(candidate, Experiment("image-classification", Data("b"))),
        key_of(candidate, base, "more"),
    ]
    os.utime(weights, (1, 1))
    assert len({key, *others, key_of(candidate, base)}) == 5
