"""A run with an export, as files: no network is in it."""

from __future__ import annotations

from pathlib import Path

from ftcli.system import durable
from tests.report.making import make_run, write_json

CARD = "---\nlicense: mit\n---\n# A model\n"


def make_exported(path: Path) -> Path:
    """A run whose best checkpoint is exported as hf, with a file of the user's in the folder of the export."""
    make_run(path)
    write_json(path / "checkpoints/epoch-0002/state.json", {"progress": {"best_epoch": 2}})
    folder = path / "export/hf"
    (folder / "vocoder").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(20_000))
    (folder / "vocoder/config.json").write_text("{}")
    files = {name: durable.digest(folder / name) for name in ("model.safetensors", "vocoder/config.json")}
    document = {"version": 1, "run": "a", "checkpoint": "epoch-0002", "format": "hf", "files": files}
    write_json(folder / "export.json", document)
    (folder / "README.md").write_text(CARD)
    (folder / "mine.csv").write_text("a,b\n")
    return path
