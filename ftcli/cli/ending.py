"""What a person sees when a training has ended: the figures, where things are, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ftcli.cli.estimate import duration
from ftcli.cli.figures import size
from ftcli.cli.screen import Screen, show_scores
from ftcli.cli.studies.costs import ending_rows
from ftcli.cli.studies.probe import after
from ftcli.errors import command, counted, listing
from ftcli.runs.files.run_files import REPORT
from ftcli.tasks import TASKS

if TYPE_CHECKING:
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.training import Training

# Rows of a table by class on the screen.
MOST_CLASSES = 10


def show_end(screen: Screen, training: Training, train_on: str) -> None:
    """The figures of each split, the one that counts, and where to go from here; `train_on` is how more is trained."""
    directory = training.directory
    summary = directory.summary()
    for split, scores in training.scores.items():
        show_scores(screen, split, scores.figures, scores.per_class, MOST_CLASSES)
        if len(scores.per_class) > MOST_CLASSES:
            rest = f"the worst {MOST_CLASSES} of {counted(len(scores.per_class), 'class', 'classes')}"
            screen.line(f"  {rest}; all of them: {directory.path / 'log.txt'}", logged=False)
    screen.line(headline(summary, directory.outcomes()), style="bold", hang=2)
    looks = ((one.tracker, one.look) for one in training.trackers.sent)
    screen.rows([*places(directory, summary), *looks])
    if training.report_problem is not None:
        screen.line(training.report_problem, style="yellow", hang=2, logged=False)
    show_tracker_notes(screen, training)
    screen.line("next:")
    for one in next_commands(directory, training):
        screen.line(f"  {one}")
    screen.line(train_on, hang=2)


def show_tracker_notes(screen: Screen, training: Training) -> None:
    """What trackers have not got, which log.txt has already."""
    for note in training.trackers.notes:
        screen.line(f"note: {note}", style="yellow", hang=2, logged=False)


def result(directory: RunDirectory) -> dict[str, Any]:
    """The end of a run as a document, for --json: where things are, then summary.json."""
    from ftcli.runs.checkpoints.retention import best

    report = directory.path / REPORT
    return {
        "run": str(directory.path),
        "checkpoint": str(best(directory.checkpoints)),
        "report": str(report) if report.is_file() else None,
        "bytes": directory.size(),
        **directory.summary(),
    }


def headline(summary: Mapping[str, Any], outcomes: Mapping[str, Any]) -> str:
    """The figure that was watched, on the split that was kept for the end, with its interval where one is known."""
    metric, split = summary["metric"], "test" if "test" in summary else "val"
    if metric not in summary.get(split, ()):
        return f"trained for {counted(summary['epochs'], 'epoch')}; there is nothing to score"
    known = outcomes.get("figures", {}).get(metric, {}) if outcomes.get("split") == split else {}
    words = f"{split} {metric} {summary[split][metric]:.4f}"
    if "low" in known and "high" in known:
        words += f" ({known['low']:.4f} to {known['high']:.4f}; {known.get('interval', 'interval')})"
    examples = f" on {counted(outcomes['examples'], 'example')}" if known else ""
    best = summary["best_epoch"]
    return f"{words}{examples}, {f'epoch {best}' if best else 'the probe'}"


def places(directory: RunDirectory, summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is where, and how long it took."""
    from ftcli.runs.checkpoints.retention import best

    probed = (summary.get("probe") or {}).get("seconds")
    before = f", after {duration(probed)} for the probe" if probed else ""
    yield "time", f"{duration(summary['seconds'])} for {counted(summary['epochs'], 'epoch')}{before}"
    yield from ending_rows(summary.get("cost"))
    yield "run", f"{directory.path}, {size(directory.size())}"
    if (probe := after(summary)) is not None:
        yield "probe", probe
    yield "model", f"{best(directory.checkpoints)}, {_which(summary)}"
    report = directory.path / REPORT
    if report.is_file():
        yield "report", str(report)


def _which(summary: Mapping[str, Any]) -> str:
    mirrored = (summary.get("test_time_augment") or {}).get("used", False)
    return _weights(summary) + (", on each image and its mirror image" if mirrored else "")


def _weights(summary: Mapping[str, Any]) -> str:
    averaged = (summary.get("averaged") or {}).get("epochs", ())
    if len(averaged) > 1:
        return f"the average of epochs {listing(averaged)}"
    if summary["best_epoch"] == 0:
        return "the probe"
    return "the best epoch" if "val" in summary else "the last epoch"


def next_commands(directory: RunDirectory, training: Training) -> Iterator[str]:
    """Commands that can be copied as they stand, but for the name of what is new."""
    yield f"{command('predict', directory.path)} {_something_new(training)}"
    yield command("eval", directory.path)


def _something_new(training: Training) -> str:
    """What `predict` takes: a file, a text, or a table where an example is more than one text."""
    experiment = training.session.experiment
    if experiment.data.text_pair is not None or experiment.data.chat:
        return "new.csv"
    modality = TASKS.load(experiment.task).inputs[0]
    return '"a text"' if modality.tokenised else f"new.{'jpg' if modality.spatial else 'wav'}"
