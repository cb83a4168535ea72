"""A Hugging Face encoder cut to its first layers: an honest candidate, as it is faster and knows less."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

_LAYER = re.compile(r"(?:^|\.)layers?\.(\d+)\.")
_DEPTH, _WEIGHTS = "num_hidden_layers", "model.safetensors"


def cut(spec: str, folder: Path) -> list[Path]:
    """`FOLDER:6,4,2` as folders of networks with so many layers, the whole one where it says so; made once."""
    source, _, depths = spec.rpartition(":")
    return [_cut(Path(source), int(depth), folder) for depth in depths.split(",")]


def _cut(source: Path, layers: int, folder: Path) -> Path:
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    if not 0 < layers <= config[_DEPTH]:
        raise SystemExit(f"{source} has {config[_DEPTH]} layers, not {layers}")
    made = folder / f"{source.parent.name}-{source.name}-{layers}"
    if (made / _WEIGHTS).is_file():
        return made
    made.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.is_file() and file.name not in ("config.json", _WEIGHTS):
            shutil.copyfile(file, made / file.name)
    config[_DEPTH] = layers
    (made / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    tensors = load_file(source / _WEIGHTS)
    kept = {name: tensor for name, tensor in tensors.items() if _layer(name) < layers}
    save_file(kept, made / _WEIGHTS, metadata={"format": "pt"})
    return made


def _layer(name: str) -> int:
    """The layer that a tensor belongs to; -1 for those of none, such as embeddings."""
    found = _LAYER.search(name)
    return int(found[1]) if found else -1
