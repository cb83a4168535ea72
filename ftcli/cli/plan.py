"""The plan of a training: in a few lines, and with every note, every choice and the parameters of each block.

The few lines are rows of a label and words; whoever has one more thing to say adds a row to `summary`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.cli.phases import Phase, phases
from ftcli.cli.screen import Screen, shortened, show_notes
from ftcli.cli.studies.costs import cost_line
from ftcli.cli.studies.probe import before
from ftcli.config.tree import resolve
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import command, counted, listing
from ftcli.findings.finding import headline as headline_of_findings

if TYPE_CHECKING:
    from ftcli.runs.session import Session
    from ftcli.runs.training import Training

MOST_NOTES = 3
# A text that needs no quotes in YAML.
_PLAIN = re.compile(r"\w([\w./ +-]*[\w.+-])?")
# Phases that are named one by one.
MOST_PHASES = 3


def show_plan(screen: Screen, training: Training, *, whole: bool, log: str = "") -> None:
    """The plan in a few lines, or the `whole` of it, which is logged in any case; `log` is where."""
    session = training.session
    notes = [*session.splits.notes, *_compiled(session, training)]
    screen.line(headline(session), style="bold", hang=2)
    screen.rows([*summary(session, training), cost(session, training)], indent="  ")
    show_findings(screen, session, training.directory.path if log else None, whole=whole)
    show_notes(screen, notes, shown=whole)
    _show_details(screen, session, training, shown=whole)
    if whole:
        return
    for note in notes[:MOST_NOTES]:
        screen.line(shortened(f"note: {note}", screen.width), style="yellow", logged=False)
    left = [counted(len(notes) - MOST_NOTES, "more note")] if len(notes) > MOST_NOTES else []
    if session.choices:
        left.append(f"{counted(len(session.choices), 'choice')}")
    if left:
        screen.line(f"and {', '.join(left)}: ftcli train ... --plan{log and f', or {log}'}", logged=False)


def headline(session: Session) -> str:
    """The task, how much data there is, and what is learned."""
    splits, target = session.splits, session.splits.target
    sizes = ", ".join(
        f"{len(split):,} {name}"
        for name in ("train", "val", "test")
        if (split := getattr(splits, name)) is not None
    )
    what = KINDS[target.kind].plan.format(len(target.classes))
    return f"{session.experiment.task}: {sizes} examples; {what}"


def summary(session: Session, training: Training, device: str | None = None) -> list[tuple[str, str]]:
    """What a person wants to know before a training, a row each; on `device`, if it is another than the session's."""
    where = device or str(session.precision.device)
    rows = [("model", _model(session)), ("trains", _what_trains(training, where))]
    if classes := session.splits.target.classes:
        rows.insert(0, ("classes", _some(classes)))
    rows += [
        ("found", f"{one.key}: {in_yaml(one.value)}, {one.reason}") for one in session.choices if one.measured
    ]
    kept = [one.brief for one in training.outline.kept]
    if (probe := before(session)) is not None:
        rows.append(("probe", probe))
    return [*rows, ("schedule", _schedule(training)), ("kept", "; ".join(filter(None, kept)))]


def cost(session: Session, training: Training) -> tuple[str, str]:
    """What the training will cost, as far as that is known without a step."""
    from ftcli.runs.measuring.memory import DeviceMemory

    room = DeviceMemory(session.precision.device).room()
    predicted = training.ledger.predict(training.outline)
    return "cost", cost_line(predicted, room, patient=training.fit.plan.patience is not None)


def _some(names: Sequence[str]) -> str:
    """As many names as fit on a line of a narrow terminal, at least one."""
    count = len(names)
    while count > 1 and len(listing(names, count)) > 60:
        count -= 1
    return listing((shortened(name, 50) for name in names), count)


def _model(session: Session) -> str:
    *blocks, head = session.model.blocks
    new = any(head.holds(name) for name, _ in session.model.named_parameters())
    words = " and a new head" if new else ", its head among them"
    return f"{session.backbone.source}: {counted(len(blocks), 'block')}{words}"


def show_findings(screen: Screen, session: Session, run: Path | None, *, whole: bool) -> None:
    """A line on what is wrong or odd with the data, if anything, and where the `whole` plan is shown a line for each;
    `ftcli check` on the run, if there is one, has all places.
    """
    line = headline_of_findings(session.findings, None if run is None else command("check", run))
    if line is not None:
        screen.line(line, style="yellow" if session.findings[0].serious else None)
    for finding in session.findings:
        first = f": {finding.places[0]}" if finding.places else ""
        screen.line(f"  {finding.severity}: {finding.message}{first}", hang=4, shown=whole)


def _what_trains(training: Training, device: str) -> str:
    """The phases, how many parameters train in any, and where."""
    from ftcli.runs.ending import parameter_counts

    found = phases(training)
    parts = [_phase(phase, len(found)) for phase in found]
    if len(parts) > MOST_PHASES:
        parts[MOST_PHASES - 1 : -1] = ["..."]
    counts = parameter_counts(training.fit)
    total, trained = counts["total"], counts["trained"]
    share = f"all {total:,}" if trained == total else f"{trained:,} of {total:,}"
    precision = training.session.precision
    words = ", then ".join(parts) or "nothing: the head is the probe"
    return f"{words}; {share} parameters; {device}, {precision.name}"


def _phase(phase: Phase, count: int) -> str:
    return phase.words if count == 1 else f"{phase.words} ({_epochs(phase.first, phase.last)})"


def _epochs(first: int, last: int) -> str:
    return f"epoch {first}" if first == last else f"epochs {first} to {last}"


def _schedule(training: Training) -> str:
    """How long, in which batches, by which optimizer, at which learning rates of head and backbone."""
    experiment, fit = training.session.experiment, training.fit
    batch = f"batch {experiment.data.batch_size}" + (
        f" x {fit.plan.accumulate}" if fit.plan.accumulate > 1 else ""
    )
    most = fit.plan.micro_batch
    batch += f" in parts of {most}" if most is not None and most < experiment.data.batch else ""
    patience = [f"patience {fit.plan.patience}"] if fit.plan.patience else []
    limit = [] if experiment.training.time is None else [f"at most {experiment.training.time}"]
    names = " ".join(part.name for part in (experiment.optimizer, experiment.schedule) if part is not None)
    *others, head = (group["base_lr"] for group in fit.optimizer.param_groups)
    low, high = min(others, default=head), max(others, default=head)
    span = f"{low:.2g}" if low == high else f"{low:.2g} to {high:.2g}"
    below = "" if low == high == head else f" (backbone {span})"
    epochs = f"{counted(fit.plan.epochs, 'epoch')} of {counted(fit.steps_per_epoch, 'step')}"
    return ", ".join([epochs, *limit, batch, *patience, names, f"lr {head:.2g}{below}"])


def _show_details(screen: Screen, session: Session, training: Training, *, shown: bool) -> None:
    if session.choices:
        screen.line("chosen for you:", shown=shown)
        screen.rows(
            [(choice.key, in_yaml(choice.value), choice.reason) for choice in session.choices], shown=shown
        )
    screen.rows(_blocks(session, training), shown=shown)
    screen.line("computed once:", shown=shown)
    screen.rows([(one.what, one.words) for one in training.outline.kept], shown=shown)


def in_yaml(value: Any) -> str:
    """A value as it can be typed, as `key=VALUE` or in a YAML file."""
    # A Part.
    if hasattr(value, "options"):
        return _mapping({"name": value.name, **value.options}) if value.options else str(value.name)
    if hasattr(value, "patience"):
        rest = {} if value.min_delta is None else {"min_delta": value.min_delta}
        return _mapping({"patience": value.patience, **rest})
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(in_yaml, value))}]"
    if isinstance(value, str) and (_PLAIN.fullmatch(value) is None or resolve(value) != value):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _mapping(values: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {in_yaml(value)}" for key, value in values.items()) + "}"


def _blocks(session: Session, training: Training) -> Iterator[Sequence[object]]:
    """The parameters of each block, in which epochs any of them train, how many stay frozen, and the learning rate."""
    fit, blocks = training.fit, session.model.blocks
    rates = {group["name"]: group["base_lr"] for group in fit.optimizer.param_groups}
    sums = {block.name: [0, 0] for block in blocks}
    spans: dict[str, list[Phase]] = {block.name: [] for block in blocks}
    owner = {
        name: next(block.name for block in blocks if block.holds(name))
        for name, _ in session.model.named_parameters()
    }
    for name, parameter in session.model.named_parameters():
        sums[owner[name]][name not in fit.trained] += parameter.numel()
    for phase in phases(training):
        for block in {owner[name] for name in fit.policy.trainable(phase.first - 1)}:
            spans[block].append(phase)
    yield "block", "trainable", "frozen", "learning rate", "trains in"
    for name, pair in sums.items():
        if any(pair):
            when = _when(spans[name], fit.plan.epochs)
            yield name, *pair, f"{rates[name]:.3g}" if name in rates else "-", when
    yield "total", *(sum(column) for column in zip(*sums.values(), strict=True)), "", ""


def _when(spans: Sequence[Phase], epochs: int) -> str:
    if not spans:
        return "no epoch"
    whole = spans[0].first == 1 and spans[-1].last == epochs
    return "all epochs" if whole else _epochs(spans[0].first, spans[-1].last)


def _compiled(session: Session, training: Training) -> Iterator[str]:
    """Which epochs are compiled, where training.compile is set and does not hold for all."""
    whole, total = training.caching.whole(), len(training.caching.depths)
    if session.experiment.training.compile and whole < total:
        epochs = f"the steps of {whole} of {total} epochs"
        yield f"training.compile compiles {epochs}; the others run only what is above the frozen blocks, uncompiled"
