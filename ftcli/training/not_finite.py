"""NaN and infinity: training stops before they reach the weights, and nothing is saved that holds any."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ftcli.contracts import Batch
from ftcli.errors import NotFiniteError, listing
from ftcli.training.distributed.group import Group

ADVICE = "A lower optimizer.lr or training.clip: 1.0 usually helps; no checkpoint has been written since"


def not_finite(value: float, step: int, epoch: int, what: str = "loss", names: str = "") -> NotFiniteError:
    """The error for a `value` that is NaN or infinite. `names` are of the examples, where these are known.

    `step` and `epoch` are counted from 1.
    """
    examples = f", in the batch of {names}" if names else ""
    return NotFiniteError(f"the {what} is {value} at step {step} (epoch {epoch}){examples}", ADVICE)


def not_finite_in(
    window: Sequence[Batch], values: Sequence[Tensor], what: str, group: Group, step: int, epoch: int
) -> NotFiniteError:
    """The error for a step on `window`, with its examples; `what` is NaN or infinite in a batch of any rank.

    `values` are of each batch here, or one of all batches together. All ranks call it, and get the same error.
    """
    wrong = [index for index, value in enumerate(values) if not value.isfinite()]
    culprits = [window[index] for index in wrong] if len(values) == len(window) else window
    mine = [(float(values[i]), [id_ for batch in culprits for id_ in batch.ids]) for i in wrong[:1]]
    found = group.broadcast([one for rank in group.gather(mine) for one in rank])
    names = listing((id_ for _, ids in found for id_ in ids), 5)
    return not_finite(found[0][0], step, epoch, what, names)


def check_state(
    optimizer: torch.optim.Optimizer, statistics: Sequence[Tensor], group: Group, step: int, epoch: int
) -> None:
    """Raise `NotFiniteError` if weights, the optimizer's state or the `statistics` of norms hold NaN or infinity.

    `step` has been made. All ranks call it, and get the same answer.
    """
    states = optimizer.state.values()
    kinds = {
        "weights": [p.detach() for rates in optimizer.param_groups for p in rates["params"]],
        "moments of the optimizer": [
            value for state in states for name, value in state.items() if name != "step" and value is not None
        ],
        "statistics of batch norm": [value for value in statistics if value.is_floating_point()],
    }
    for what, values in kinds.items():
        if values and not torch.stack(group.unshard(torch._foreach_norm(values))).isfinite().all():
            raise NotFiniteError(
                f"the {what} are no longer numbers after step {step} (epoch {epoch})", ADVICE
            )
