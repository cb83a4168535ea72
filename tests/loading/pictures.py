"""Small pictures to encode, and a task that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from ftcli.contracts import Encoded, Example, ImagePreprocess
from ftcli.loading.encoded import Encodings
from ftcli.store.bucket import Bucket
from ftcli.store.store import Store
from ftcli.tasks.inputs.images import Images


class Pixels:
    """A task's first verbs, for images."""

    sequence = None

    def __init__(self) -> None:
        self._reader = Images(ImagePreprocess(resize=8, crop=8))

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        return Encoded(example.id, self.encode_inputs([example])[0] if inputs is None else inputs)

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        return self._reader.encode_inputs(examples)


class Files:
    """A split of image files."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Example:
        return Example(f"row {index}", {"image": str(self._paths[index])})

    def targets(self) -> Sequence[None]:
        return [None] * len(self)


def encodings(paths: Sequence[Path], bucket: Bucket | None) -> Encodings:
    return Encodings(Files(paths), Pixels(), bucket)


def bucket(tmp_path: Path) -> Bucket:
    return Store(tmp_path / "cache", 10**8).bucket("inputs", {})
