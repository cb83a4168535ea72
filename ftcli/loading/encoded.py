"""Examples after everything deterministic, each made once where there is a bucket to keep them."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ftcli.contracts import Encoded, Example, Split
from ftcli.contracts.modalities import FILE_ROLES
from ftcli.media.audio import seconds
from ftcli.media.file_content import FileContent, read_content
from ftcli.store.fingerprints import content_key
from ftcli.store.memo import Memo

CHUNK = 1000  # texts that are tokenised in one call


class Encoder(Protocol):
    """What `Encodings` needs of a task. The image or sound of an example may be a `FileContent`."""

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded: ...
    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]: ...
    @property
    def sequence(self) -> str | None: ...


class Keeps(Protocol):
    """What `Encodings` needs of a `store.Bucket`."""

    def get(self, key: bytes) -> Mapping[str, Tensor] | None: ...
    def put(self, key: bytes, tensors: Mapping[str, Tensor]) -> Any: ...
    def refresh(self) -> Any: ...


class Encodings:
    """The encoded examples of a split.

    With a bucket, inputs are taken from it or made and put there. Without one, up to `remember` bytes of them stay in
    memory. Raises `DataError` for an example that cannot be read or encoded.
    """

    def __init__(
        self, split: Split, task: Encoder, bucket: Keeps | None = None, *, remember: int = 0
    ) -> None:
        self._split, self._task, self._bucket = split, task, bucket
        self._memo: Memo[int] = Memo(0 if bucket is not None else remember)
        self._keys = _shared(len(split), 16)
        self._hashed = _shared(len(split), 1)[:, 0]
        self._lengths: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self._split)

    @property
    def targeted(self) -> bool:
        """Whether the examples have targets, and are not there to be predicted."""
        return len(self) > 0 and self._split[0].target is not None

    def get(self, index: int, epoch: int) -> Encoded:
        """The encoded example, the same in every epoch; its seed is left to the loader."""
        example = self._split[index]
        if self._bucket is not None and not self._hashed[index]:
            example = _read(example)  # once, for the hash and for the encoder
        inputs = self._kept(index, example)
        encoded = self._task.encode(example, inputs)
        if inputs is None:
            self._keep(index, example, encoded.inputs)
        return encoded

    def bare(self, index: int, inputs: Mapping[str, Tensor]) -> Encoded:
        """The example with `inputs` in place of its own, which are not read."""
        return self._task.encode(self._split[index], inputs)

    def key(self, index: int) -> bytes:
        """A hash of what goes in. Files are read for it once in a process and its workers."""
        return self._key(index, lambda: self._split[index])

    def lengths(self) -> NDArray[np.int32] | None:
        """Tokens of each text, milliseconds of each sound, or None where all inputs are as long.

        Texts that are not kept yet are encoded, many in one call; the length of a sound is in its header.
        """
        sequence = self._task.sequence
        if self._lengths is None and len(self) and sequence is not None:
            lengths = [self._chunk_lengths(start, sequence) for start in range(0, len(self), CHUNK)]
            self._lengths = np.concatenate(lengths)
        return self._lengths

    def refresh(self) -> None:
        """See what other processes have put on the bucket."""
        if self._bucket is not None:
            self._bucket.refresh()

    def _chunk_lengths(self, start: int, sequence: str) -> NDArray[np.int32]:
        chunk = range(start, min(start + CHUNK, len(self)))
        examples = {index: self._split[index] for index in chunk}
        if "audio" in examples[start].inputs:
            lengths = [1000 * seconds(one.inputs["audio"]) for one in examples.values()]
            return np.array(lengths).astype(np.int32)
        kept = {index: self._kept(index, example) for index, example in examples.items()}
        missing = [index for index in chunk if kept[index] is None]
        made = self._task.encode_inputs([examples[index] for index in missing]) if missing else []
        for index, inputs in zip(missing, made, strict=True):
            self._keep(index, examples[index], inputs)
            kept[index] = inputs
        return np.array([len(inputs[sequence]) for inputs in kept.values() if inputs is not None], np.int32)

    def _kept(self, index: int, example: Example) -> Mapping[str, Tensor] | None:
        if self._bucket is None:
            return self._memo.get(index)
        return self._bucket.get(self._key(index, lambda: example))

    def _keep(self, index: int, example: Example, inputs: Mapping[str, Tensor]) -> None:
        if self._bucket is None:
            self._memo.put(index, inputs)
        else:
            self._bucket.put(self._key(index, lambda: example), inputs)

    def _key(self, index: int, example: Callable[[], Example]) -> bytes:
        if not self._hashed[index]:
            self._keys[index] = np.frombuffer(input_key(example()), dtype=np.uint8)
            self._hashed[index] = True
        return bytes(self._keys[index])


def _shared(rows: int, bytes_each: int) -> NDArray[np.uint8]:
    """Zeros (rows, bytes) that forked workers share: workers live for an epoch, and what one has hashed is known.

    An example is in one batch of an epoch, so no two processes write the same row while a third reads it.
    """
    size = rows * bytes_each
    memory: Any = mmap.mmap(-1, max(size, 1))
    return np.frombuffer(memory, np.uint8, size).reshape(rows, bytes_each)


def _read(example: Example) -> Example:
    """The example with its files read, if it has any. Raises `DataError` for one that cannot be read."""
    files = {name: example.inputs.get(name) for name in FILE_ROLES}
    read = {name: read_content(file) for name, file in files.items() if isinstance(file, str | Path)}
    return replace(example, inputs={**example.inputs, **read}) if read else example


def input_key(example: Example) -> bytes:
    """The hash of an example's inputs: the bytes of images and sounds, and texts.

    Raises `DataError` for a file that cannot be read.
    """
    files = _read(example).inputs
    parts = [part for name in FILE_ROLES if name in files for part in _parts(name, files[name])]
    texts = [example.inputs.get(name) for name in ("text", "text_pair", "target")]
    words = [text if isinstance(text, str) else repr(text) for text in texts if text is not None]
    return content_key(*parts, *(("text", *words) if words or not parts else ()))


def _parts(name: str, item: Any) -> tuple[bytes | str, ...]:
    if isinstance(item, np.ndarray):
        return "array", str(item.dtype), str(item.shape), item.tobytes()
    return name, item.content if isinstance(item, FileContent) else item
