"""Examples of another split that the training split has too, by their content: figures of them say little."""

from __future__ import annotations

from collections.abc import Mapping

from ftcli.data.splitting.same_content import Where, same_content
from ftcli.data.splitting.selection import Selection

MOST = 200_000  # examples that are compared; more would take longer than all other checks of the data


def also_in(train: Selection, others: Mapping[str, Selection]) -> dict[str, list[int]]:
    """The positions in each of `others` of examples whose inputs `train` has, too.

    None for more than `MOST` examples.
    """
    compared = {role: part for role, part in others.items() if len(train) + len(part) <= MOST}
    found: dict[str, list[int]] = {role: [] for role in compared}
    for group in same_content({"train": train, **compared}, _shared) if compared else ():
        for role, position in group:
            if role != "train":
                found[role].append(position)
    return {role: sorted(positions) for role, positions in found.items()}


def _shared(group: list[Where]) -> bool:
    """Whether training and another split have a part in it."""
    roles = {role for role, _ in group}
    return len(roles) > 1 and "train" in roles
