"""Which split a name stands for: `train`, `training_set`, `Test Images`, `seg_train`, `val2017`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

BOTH = "trainval"  # training and validation together: training where nothing else is
# The usual words of each split, the likeliest first.
WORDS: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training", BOTH),
    "val": ("val", "valid", "validation", "validate", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_KINDS = "pictures|photos|sounds|audio|samples|examples|texts|clips|files|wavs?|ima?ge?s?|text"
_ADDED = rf"(?:data|sub)?sets?|data|split|folders?|seg|{_KINDS}"
_ROLE = {word: role for role, words in WORDS.items() for word in words}
_NAME = re.compile(
    rf"(?:(?:{_ADDED})[\W_]*)*"
    rf"({'|'.join(sorted(_ROLE, key=len, reverse=True))})"
    rf"(?:[\W_]*(?:{_ADDED}))*"
    r"(?:[\W_]*(?:19|20)\d\d)?"
)


def split_of(name: str) -> str | None:
    """`train`, `val` or `test`; None for a name that says something else."""
    found = _NAME.fullmatch(name.lower()) if len(name) <= 100 else None
    return None if found is None else _ROLE[found[1]]


def role_of(name: str) -> str | None:
    """The split also of a name that ends in a number: `train` for `train2017` and `train_1`."""
    return split_of(re.sub(r"[\W_]*\d*$", "", name))


def splits_among(names: Iterable[str]) -> dict[str, str]:
    """`{"train": "training_set", "val": "dev"}`: of several names for a split the plainest; empty without training.

    Where none is called so, names that share all other words are taken: `sts-train` and `sts-dev`.
    """
    names = list(names)
    best = plainest((name, split_of(name)) for name in names)
    return best if "train" in best else _alike(names)


def plainest(names: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Of names and their splits, if they have one, the plainest name of each split, in the usual order.

    Of those that are as plain, that is the last one.
    """
    best: dict[str, tuple[int, str]] = {}
    for name, role in names:
        if role is not None and (role not in best or _rank(name, role) <= best[role][0]):
            best[role] = _rank(name, role), name
    return {role: best[role][1] for role in WORDS if role in best}


def _rank(name: str, role: str) -> int:
    """How far from plain a name is."""
    words, small = WORDS[role], name.lower()
    if BOTH in small:
        return len(words) + 1
    return words.index(small) if small in words else len(words)


def _alike(names: Iterable[str]) -> dict[str, str]:
    """The names that differ by the word of the split alone; empty unless there is one such group, with training."""
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for name in names:
        words = re.split(r"([\W_]+)", name.lower())
        roles = {word: role for word in words if (role := _ROLE.get(word)) is not None}
        if len(roles) == 1:
            ((word, role),) = roles.items()
            group = groups.setdefault(tuple(one for one in words if one != word), {})
            group.setdefault(role, []).append(name)
    found = [group for group in groups.values() if "train" in group and len(group) > 1]
    if len(found) != 1 or any(len(same) > 1 for same in found[0].values()):
        return {}
    return {role: found[0][role][0] for role in WORDS if role in found[0]}
