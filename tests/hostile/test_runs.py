"""A run that a stranger has made: it is looked at, listed and compared as it is, and its files are not trusted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.hostile.case import Hostile, Make, each
from tests.hostile.room import Ended

RUN = Path("runs/images")
CHECKPOINT = "checkpoints/epoch-0001"
REPORT, LIST, PREDICT = ("report", str(RUN)), ("runs",), ("predict", str(RUN), "photos/train")
REPRODUCE = ("reproduce", str(RUN), "--quick", "1")
CARD, BOM = ("card", str(RUN), "--output", "-"), ("card", str(RUN), "--bom")


def link(name: str, to: str) -> Make:
    """A link in place of a file of the run."""

    def make(folder: Path) -> None:
        path = _free(folder, name)
        path.symlink_to(to)

    return make


def pipe(name: str) -> Make:
    """A pipe that nobody writes to."""
    return lambda folder: os.mkfifo(_free(folder, name))


def file(name: str, content: str) -> Make:
    return lambda folder: _free(folder, name).write_text(content)


def _free(folder: Path, name: str) -> Path:
    path = (
        folder / RUN / (_checkpoint(folder) + name.removeprefix(CHECKPOINT) if CHECKPOINT in name else name)
    )
    path.unlink(missing_ok=True)
    return path


def _checkpoint(folder: Path) -> str:
    return str(next((folder / RUN / "checkpoints").glob("epoch-*")).relative_to(folder / RUN))


SHOWN = {
    "outcomes-are-zeros": link("outcomes.json", "/dev/zero"),
    "metrics-are-a-pipe": pipe("metrics.jsonl"),
    "summary-is-deep": file("summary.json", "[" * 100_000),
    "experiment-is-deep": file("experiment.yaml", "[" * 100_000),
    "experiment-has-a-tag": file("experiment.yaml", "task: !!bool x\n"),
    "experiment-runs-code": file("experiment.yaml", "!!python/object/apply:os.system [touch canary]\n"),
    "figures-have-no-end": file("metrics.jsonl", '{"epoch": 1, "step": 1, "train_loss": 5e-324}\n'),
}
LISTED = {
    "manifest-is-a-pipe": pipe(f"{CHECKPOINT}/manifest.json"),
    "manifest-is-zeros": link(f"{CHECKPOINT}/manifest.json", "/dev/zero"),
    "manifest-has-texts": file(
        f"{CHECKPOINT}/manifest.json", '{"format": 1, "files": {"a": {"bytes": "x", "sha256": 1}}}'
    ),
    "manifest-is-of-a-long-format": file(f"{CHECKPOINT}/manifest.json", f'{{"format": "{"x" * 200_000}"}}'),
    "state-is-a-pipe": pipe(f"{CHECKPOINT}/state.json"),
}
ON_CARDS = {
    "card-is-zeros": link("README.md", "/dev/zero"),
    "origin-is-a-pipe": pipe("origin.json"),
    "target-of-a-card-is-zeros": link("model/target.json", "/dev/zero"),
    "receipt-is-deep": file("receipt.json", "[" * 100_000),
    "list-of-files-is-zeros": link("receipt-files.csv", "/dev/zero"),
}
USED = {
    "target-is-a-pipe": pipe("model/target.json"),
    "target-is-zeros": link("model/target.json", "/dev/zero"),
    "used-state-is-a-pipe": pipe(f"{CHECKPOINT}/state.json"),
    "weights-are-a-pipe": pipe(f"{CHECKPOINT}/model.safetensors"),
}
CASES = [
    *(Hostile(name, make, REPORT, harmless=True) for name, make in SHOWN.items()),
    *(Hostile(f"listed-{name}", make, LIST, harmless=True) for name, make in (SHOWN | LISTED).items()),
    *(Hostile(name, make, CARD, harmless=True) for name, make in ON_CARDS.items()),
    *(Hostile(f"bom-{name}", make, BOM, harmless=True) for name, make in LISTED.items()),
    *(Hostile(name, make, PREDICT) for name, make in USED.items()),
    *(
        Hostile(f"reproduced-{name}", make, REPRODUCE, harmless=True)
        for name, make in {
            "metrics-are-a-pipe": SHOWN["metrics-are-a-pipe"],
            "metrics-are-zeros": link("metrics.jsonl", "/dev/zero"),
        }.items()
    ),
    Hostile(
        "lock-leads-away",
        link(".ftcli-lock", "../../reviews.csv"),
        ("train", "--resume", str(RUN), "training.epochs=3"),
        (".ftcli-lock is a link",),
    ),
]


@each(CASES)
def test_a_run_is_read_and_not_trusted(case: Hostile, opened: Callable[[Hostile], Ended]) -> None:
    opened(case)
