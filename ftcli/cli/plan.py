"""The plan of a training: the data, the network, what was chosen for the user, the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.cli.screen import Screen, show_notes
from ftcli.contracts.target_kinds import KINDS
from ftcli.findings.finding import headline

if TYPE_CHECKING:
    from ftcli.runs.session import Session
    from ftcli.runs.training import Training


def show_plan(screen: Screen, session: Session) -> None:
    """The data, the network, and every choice that was made for the user."""
    splits, target = session.splits, session.splits.target
    sizes = ", ".join(
        f"{len(split):,} {name}"
        for name in ("train", "val", "test")
        if (split := getattr(splits, name)) is not None
    )
    what = KINDS[target.kind].plan.format(len(target.classes))
    screen.line(f"{session.experiment.task}: {sizes} examples; {what}", style="bold")
    *blocks, head = session.model.blocks
    new = any(head.holds(name) for name, _ in session.model.named_parameters())
    words = "blocks and a new head" if new else "blocks, its head among them"
    screen.line(f"backbone {session.backbone.source}: {len(blocks)} {words}", style="bold")
    show_notes(screen, splits.notes)
    screen.line("chosen for you:")
    screen.rows([(choice.key, _brief(choice.value), choice.reason) for choice in session.choices])


def show_findings(screen: Screen, session: Session, run: Path | None) -> None:
    """A line on what is wrong or odd with the data, if anything; `ftcli check` on the run, if there is one, has all."""
    line = headline(session.findings, None if run is None else f"ftcli check {run}")
    if line is not None:
        screen.line(line, style="yellow" if session.findings[0].serious else None)


def _brief(value: Any) -> str:
    # A Part.
    if hasattr(value, "options"):
        options = ", ".join(f"{key}={item}" for key, item in value.options.items())
        return f"{value.name}({options})" if options else str(value.name)
    if hasattr(value, "patience"):
        return f"patience {value.patience}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show_blocks(screen: Screen, session: Session, training: Training) -> None:
    """The parameters of each block: how many train at some time, how many stay frozen, and the learning rate."""
    learned = {id(p) for group in training.fit.optimizer.param_groups for p in group["params"]}
    rates = {group["name"]: group["base_lr"] for group in training.fit.optimizer.param_groups}
    sums = {block.name: [0, 0] for block in session.model.blocks}
    for name, parameter in session.model.named_parameters():
        block = next(block for block in session.model.blocks if block.holds(name))
        sums[block.name][id(parameter) not in learned] += parameter.numel()
    rows: list[Sequence[object]] = [("block", "trainable", "frozen", "learning rate")]
    rows += [
        (name, *pair, f"{rates[name]:.3g}" if name in rates else "-")
        for name, pair in sums.items()
        if any(pair)
    ]
    rows.append(("total", *(sum(column) for column in zip(*sums.values(), strict=True)), ""))
    screen.rows(rows)


def show_kept(screen: Screen, training: Training) -> None:
    """What is computed once and kept on disk, or why not."""
    screen.line("computed once:")
    screen.rows(training.kept())


def show_compiled(screen: Screen, session: Session, training: Training) -> None:
    """Which epochs are compiled, where training.compile is set and does not hold for all."""
    whole, total = training.caching.whole(), len(training.caching.depths)
    if session.experiment.training.compile and whole < total:
        epochs = f"the steps of {whole} of {total} epochs"
        problem = f"compiles {epochs}; the others run only what is above the frozen blocks, uncompiled"
        screen.line(f"note: training.compile {problem}", style="yellow")
