"""Names of files of weights. No torch here."""

from __future__ import annotations

from pathlib import Path

from ftcli.errors import did_you_mean, listing

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".ckpt")


def no_such_file(path: Path) -> str:
    """Words for a file of weights that does not exist."""
    siblings = sorted(p.name for p in path.parent.glob("*") if p.suffix in SUFFIXES)
    near = did_you_mean(path.name, siblings)
    return f"{path}: no such file.{near} Weights in {path.parent}: {listing(siblings)}"
