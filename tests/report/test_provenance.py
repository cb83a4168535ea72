"""What a run is made of, by its files."""

from __future__ import annotations

from pathlib import Path

from ftcli.report.origin import Origin
from ftcli.report.provenance import Provenance, read_provenance
from ftcli.report.run import read_run
from tests.card.making import DIGEST, make_whole_run
from tests.report.making import CLASSES, add_checkpoint, make_run


def test_all_of_it(tmp_path: Path) -> None:
    run = make_whole_run(tmp_path / "run")
    add_checkpoint(run, 20)
    found = read_provenance(read_run(run))
    assert (found.kind, found.classes, found.architecture) == ("single-label", CLASSES, "ViTModel")
    assert found.weights.hub == "google/vit"
    assert found.digests["val"] == DIGEST
    # The best epoch, not the last.
    assert found.checkpoint == "epoch-0017"
    assert [one.name for one in found.files] == ["model.safetensors", "state.json"]
    assert found.files[0].bytes == 1000


def test_what_is_missing_or_damaged_is_empty(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", data=None, summary=None)
    assert read_provenance(read_run(run)) == Provenance()
    (run / "model").mkdir()
    for name in ("model/target.json", "model/config.json", "origin.json", "data.json"):
        (run / name).write_text('{"classes": 3, "architectures": 3, "val": 3}')
    (run / "checkpoints/epoch-0001").mkdir(parents=True)
    assert read_provenance(read_run(run)) == Provenance(weights=Origin(), checkpoint="epoch-0001")
