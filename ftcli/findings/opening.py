"""Data opened as training opens it, where what training refuses is a finding and not the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, TargetKind
from ftcli.contracts.target_kinds import wanted_kind
from ftcli.data.locate import Locator
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import ConfigError, DataError, EmptyClassError, counted
from ftcli.findings.finding import Finding, Severity, first
from ftcli.findings.groups import COLUMN


@dataclass(frozen=True, slots=True)
class Found:
    """The splits, without what cannot be used; None where nothing can, and what was found out so far."""

    splits: Splits | None
    findings: tuple[Finding, ...]


def opened(data: Data, *, inputs: Inputs, wants: str, seed: int, places: Mapping[str, str]) -> Found:
    """Open the splits, leaving out what is broken or has no label.

    Raises `ConfigError` for keys that are wrong. A `DataError` is a finding.
    """
    given: dict[str, Any] = {"inputs": inputs, "wants": wants, "seed": seed, "places": places}
    lenient = replace(data, bad_files="skip")
    ways = [lenient, replace(lenient, missing_labels="skip")] if data.missing_labels == "fail" else [lenient]
    # Columns that say what belongs together are read where they can be.
    if keep := _group_columns(data, Places(places).under("data", DataError), inputs, wanted_kind(wants)):
        ways = [*(replace(way, keep=keep) for way in ways), *ways]
    refused = DataError()
    for way in ways:
        try:
            return _with_left_out(open_splits(way, **given), data)
        except (DataError, ConfigError) as error:
            # What is said is what is wrong with nothing else in the way.
            if way is lenient and isinstance(error, ConfigError):
                raise
            if way is lenient and isinstance(error, DataError):
                refused = error
    return Found(None, (_refused(refused),))


def _group_columns(data: Data, where: Places, inputs: Inputs, kind: TargetKind) -> tuple[str, ...]:
    """Columns of the training split that are called like groups and have no role; none where some are kept."""
    if data.keep is not None:
        return ()
    try:
        openers, _ = Locator(data, where, inputs, kind).splits()
        columns = openers["train"].columns() or ()
    except DataError:  # which is reported when all is opened
        return ()
    return tuple(column for column in columns if COLUMN.fullmatch(column) and column not in _roles(data))


def _roles(data: Data) -> set[Any]:
    """The columns that the configuration names."""
    label = data.label if isinstance(data.label, tuple) else (data.label,)
    return {*label, data.text, data.text_pair, data.target, data.speaker, data.context}


def _refused(error: DataError) -> Finding:
    """What training would end with."""
    message, *more = str(error).split("\n")
    advice = "correct this first; nothing else of the data was looked at"
    kind = "empty-class" if isinstance(error, EmptyClassError) else "not-usable"
    return Finding(kind, "error", 1, message, first(line.strip() for line in more), advice)


def _with_left_out(splits: Splits, data: Data) -> Found:
    return Found(splits, tuple(_left_out(splits, data)))


def _left_out(splits: Splits, data: Data) -> Iterator[Finding]:
    without = set(splits.unlabelled)
    if broken := [problem for problem in splits.skipped if problem not in without]:
        yield on_broken(broken, data)
    if without:
        yield Finding(
            "missing-label",
            _severity(data.missing_labels),
            len(splits.unlabelled),
            f"{counted(len(splits.unlabelled), 'example')} without a label",
            first(splits.unlabelled),
            "label them, or leave them out (data.missing_labels: skip)",
        )


def on_broken(problems: list[str], data: Data) -> Finding:
    """Files that cannot be used, each with what is wrong with it."""
    return Finding(
        "broken-file",
        _severity(data.bad_files),
        len(problems),
        f"{counted(len(problems), 'file')} that cannot be used",
        first(problems),
        "replace or remove them, or leave them out (data.bad_files: skip)",
    )


def _severity(policy: str) -> Severity:
    """Of what stops training, or of what it leaves out as it was asked to."""
    return "error" if policy == "fail" else "warning"
