"""Which trainings cost alike for each example and epoch: those of the same network, trained in the same way."""

from __future__ import annotations

import torch

from ftcli.runs.session import Session
from ftcli.store.fingerprints import fingerprint
from ftcli.system.processor import processor
from ftcli.training.fit import Fit


def key_of(session: Session, fit: Fit) -> str:
    """A hash of all that decides what an example costs in memory and time: how long the training is, and on how many
    examples, is not part of it."""
    experiment, data, training = session.experiment, session.experiment.data, session.experiment.training
    return fingerprint(
        {
            "task": experiment.task,
            "backbone": session.backbone.source,
            "model": repr(experiment.model),
            "outputs": session.splits.target.outputs,
            "freeze": repr(experiment.freeze),
            "trained": sorted(fit.trained),
            "optimizer": None if experiment.optimizer is None else experiment.optimizer.name,
            "training": [training.accumulate, bool(training.ema), training.compile, training.shard],
            "data": [
                repr(value)
                for value in (
                    data.batch_size, data.image_size, data.max_length, data.max_tokens, data.max_seconds,
                    data.augment, data.workers, data.packing, data.cache.keep, data.cache.views,
                )
            ],
            "longest": _longest(fit),
            "precision": session.precision.name,
            "device": _device(session.precision.device),
            "processes": session.group.size,
        }
    )  # fmt: skip


def _longest(fit: Fit) -> int:
    """The length of the longest example, in steps of a quarter: memory grows with it."""
    lengths = getattr(fit.batches, "lengths", lambda: None)()
    return 0 if lengths is None or not len(lengths) else round(4 * float(torch.tensor(lengths.max()).log2()))


def _device(device: torch.device) -> list[object]:
    if device.type == "cuda":
        return [torch.cuda.get_device_name(device), str(torch.version.cuda)]
    return [device.type, processor()[0], torch.get_num_threads()]
