"""The rows that an export is compared on, as a batch and as raw inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ftcli.contracts import Batch, Encoded, Example, Packing, Split
from ftcli.contracts.chats import Chat
from ftcli.errors import UserError
from ftcli.media.file_content import FileContent
from ftcli.runs.inference.evaluating import labelled, splits_of
from ftcli.runs.inference.predictor import Predictor
from ftcli.training.evaluate import to_device


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Examples with targets that the run was not trained on, and what they are called: "val", "test" or a path."""

    name: str
    split: Split


def held_out(predictor: Predictor) -> HeldOut:
    """The validation split of a run, else its test split. Raises `UserError` where it has neither."""
    try:
        splits = splits_of(predictor)
    except UserError as error:
        advice = "the export is compared with the run on held-out rows: give other labelled data by --data"
        raise UserError(f"{error}\n{advice}") from None
    for name in ("val", "test"):
        split = getattr(splits, name)
        if split is not None and len(split):
            return HeldOut(name, split)
    path = predictor.trained.directory.path
    raise UserError(
        f"{path} has neither validation nor test rows, on which the export is compared with the run: "
        "give labelled data by --data"
    )


def rows_of(predictor: Predictor, data: str | None) -> HeldOut:
    """The rows that `data` names: val, test or train, or a path to other labelled data; by default held-out ones."""
    if data is None:
        return held_out(predictor)
    name, split, _ = labelled(predictor, data, predictor.experiment.data)
    return HeldOut(name, split)


def batch_of(predictor: Predictor, examples: Sequence[Example]) -> Batch:
    """The examples as one batch of evaluation, with their targets."""
    encoded = [_by_itself(predictor.task.encode(example), predictor.task.packing) for example in examples]
    return to_device(predictor.task.collate(encoded, training=False), predictor.trained.precision.device)


def _by_itself(one: Encoded, packing: Packing | None) -> Encoded:
    """A text that training would join to others as a block of its own, cut to the length of one."""
    if packing is None:
        return one
    before, after = (torch.tensor(ids, dtype=torch.int32) for ids in (packing.before, packing.after))
    kept = one.inputs["input_ids"][: packing.length - len(before) - len(after)]
    return replace(one, inputs={**one.inputs, "input_ids": torch.cat([before, kept, after])})


def raw_inputs(example: Example, folder: Path) -> dict[str, Any]:
    """The inputs of an example as a program gives them: paths, texts, arrays. What has been read is put in `folder`."""
    return {name: _raw(value, folder) for name, value in example.inputs.items()}


def _raw(value: Any, folder: Path) -> Any:
    if isinstance(value, Chat):
        return [turn._asdict() for turn in value]
    if isinstance(value, FileContent | bytes):
        content = value if isinstance(value, bytes) else value.content
        suffix = "" if isinstance(value, bytes) else Path(value.name).suffix
        path = folder / f"{len(list(folder.iterdir()))}{suffix}"
        path.write_bytes(content)
        return str(path)
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, Mapping):
        return {key: _raw(one, folder) for key, one in value.items()}
    return list(value) if isinstance(value, tuple) else value
