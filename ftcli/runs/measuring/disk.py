"""What a training leaves on disk: exact for the files of tensors, an estimate for the papers beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ftcli.config.schema import Experiment
from ftcli.models.freezing.policies import frozen_state
from ftcli.models.pretrained.weights import REST
from ftcli.runs.assembly import build_part
from ftcli.runs.checkpoints.storage import FROZEN
from ftcli.runs.session import Session
from ftcli.training.fit import Fit

Layout = tuple[str, torch.dtype, tuple[int, ...]]

# Bytes of state.json and manifest.json, and of each group of the optimizer in them.
STATE, GROUP = 2_000, 900
# Bytes of the report, the card, the receipt and so on; of a line in metrics.jsonl for an epoch and for some steps; of
# an example in the files that list them.
PAPERS, EPOCH_LINE, STEP_LINE, LISTED = 150_000, 450, 90, 300
# Checkpoints while it trains: the best, the last two, and the one that is written.
WHILE_TRAINING = 4


@dataclass(frozen=True, slots=True)
class Disk:
    """In bytes. `store` is what is kept beside the run for later ones, if nothing of it is there yet."""

    # A checkpoint without what it shares with the others, as it stays, and as it is while training goes on.
    checkpoint: int
    resumable: int
    # What all checkpoints share: weights that no epoch changes.
    shared: int
    papers: int
    store: int
    # At the end: the best and the last; one where the last is the best. And the most while it trains.
    kept: int
    meanwhile: int

    def at_end(self, checkpoints: int | None = None) -> int:
        """The run directory at the end, with so many checkpoints; with as many as there may be."""
        return self.shared + (checkpoints or self.kept) * self.checkpoint + self.papers

    @property
    def most(self) -> int:
        """The most that is needed at any time."""
        return self.shared + self.meanwhile * self.resumable + self.papers + self.store


def disk_of(session: Session, fit: Fit, store: int, model_files: int = 0) -> Disk:
    """What the training of `fit` takes; `store` and `model_files` are the bytes of what is kept for later runs, and of
    the files beside the weights."""
    experiment = session.experiment
    still = frozen_state(session.model, fit.trained)
    state = [(name, value.dtype, tuple(value.shape)) for name, value in session.model.state_dict().items()]
    moving = [one for one in state if one[0] not in still]
    shared = file_bytes([one for one in state if one[0] in still]) if still else 0
    notes = STATE + GROUP * len(fit.optimizer.param_groups)
    weights = file_bytes(moving, {REST: FROZEN} if still else None) + notes
    averaged = [(f"weights.{name}", kind, shape) for name, kind, shape in moving] if fit.plan.ema else []
    moments = file_bytes([*_moments(experiment, fit), *averaged])
    kept = 2 if session.splits.val is not None and fit.plan.epochs > 1 else 1
    return Disk(
        weights + (moments if experiment.training.keep_state else 0), weights + moments, shared,
        _papers(session, fit) + model_files, store, kept, min(WHILE_TRAINING, fit.plan.epochs + 1),
    )  # fmt: skip


def file_bytes(tensors: list[Layout], metadata: dict[str, str] | None = None) -> int:
    """The size of a safetensors file of these: a length, a header in JSON at a multiple of 8, and the tensors."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    place = 0
    # The order in which safetensors writes, as the digits of offsets count.
    for name, kind, shape in sorted(tensors, key=lambda one: (-one[1].itemsize, one[0])):
        end = place + kind.itemsize * torch.Size(shape).numel()
        header[name] = {"dtype": _name(kind), "shape": shape, "data_offsets": [place, end]}
        place = end
    text = len(json.dumps(header, separators=(",", ":")).encode())
    return 8 + -(-text // 8) * 8 + place


def _name(kind: torch.dtype) -> str:
    words = str(kind).removeprefix("torch.")
    for long, short in {"bfloat": "BF", "float": "F", "uint": "U", "int": "I"}.items():
        words = words.replace(long, short)
    return words.upper()


def _moments(experiment: Experiment, fit: Fit) -> Iterator[Layout]:
    """What the optimizer remembers of each parameter once it has taken steps, as a checkpoint has it."""
    remembered = moments_of(experiment)
    trained = [value for group in fit.optimizer.param_groups for value in group["params"]]
    for index, value in enumerate(trained):
        for name, (kind, whole) in remembered.items():
            yield f"state.{index}.{name}", kind or value.dtype, tuple(value.shape) if whole else ()


def moments_of(experiment: Experiment) -> dict[str, tuple[torch.dtype | None, bool]]:
    """What the experiment's optimizer remembers of a parameter: by name its type (None: that of the parameter), and
    whether it is as large as the parameter. Seen on a small one."""
    tiny = nn.Parameter(torch.zeros(2, 3))
    tiny.grad = torch.zeros(2, 3)
    optimizer = build_part(experiment, "optimizer").build(
        [{"params": [tiny], "lr": 1e-3, "base_lr": 1e-3, "name": "tiny"}]
    )
    optimizer.step()
    values = {name: one for name, one in optimizer.state[tiny].items() if isinstance(one, torch.Tensor)}
    return {
        name: (None if one.shape == tiny.shape else one.dtype, one.shape == tiny.shape)
        for name, one in values.items()
    }


def _papers(session: Session, fit: Fit) -> int:
    splits, plan = session.splits, fit.plan
    examples = sum(len(split) for split in (splits.train, splits.val, splits.test) if split is not None)
    steps = fit.steps_per_epoch * plan.epochs // session.experiment.training.log_every
    return PAPERS + EPOCH_LINE * plan.epochs + STEP_LINE * steps + LISTED * examples
