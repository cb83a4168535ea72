"""Run the contestants in turn, each as a whole process, and print a table: `make bench`, or see README.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import material
from contest import WORKS
from watch import watch

HERE = Path(__file__).parent
EPOCHS = {"frozen-images": 10, "frozen-text": 10, "full-images": 2, "full-text": 3}  # 5 for the others
BATCH = {"images": 32, "text": 32}
SCALES = (1, 4, 16)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A script, the packages it needs, and what it can do."""

    script: str
    packages: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ("images", "text")
    flag: str | None = None  # again: with the cache that the run before it left; uncached: with none


CONTESTANTS = {
    "limit": Contestant("limit.py"),
    "ours": Contestant("ours.py", ("ftcli",)),
    "ours, again": Contestant("ours.py", ("ftcli",), flag="--again"),
    "ours, uncached": Contestant("ours.py", ("ftcli",), flag="--uncached"),
    "tutorial": Contestant("tutorial.py"),
    "trainer": Contestant("trainer.py", ("accelerate",)),
    "lightning": Contestant("lightning_loop.py", ("lightning",)),
    "fastai": Contestant("fastai_loop.py", ("fastai",)),
    "keras": Contestant("keras_loop.py", ("keras",), ("images",)),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One process: seconds from start to end, what it reported, and its peaks in bytes."""

    seconds: float
    accuracy: float
    examples_per_second: float
    resident: int | None
    anonymous: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A process that gave no result, and its last words."""

    reason: str


Outcomes = Mapping[str, Sequence[Outcome | Failure]]


# -------------------------------------------------------------------------------------------------------- figures


def middle(outcomes: Sequence[Outcome | Failure]) -> Outcome | Failure:
    """The median of each figure; a failure among the runs is the answer."""
    done = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
    if len(done) < len(outcomes):
        return next(outcome for outcome in outcomes if isinstance(outcome, Failure))
    return Outcome(
        seconds=median(outcome.seconds for outcome in done),
        accuracy=median(outcome.accuracy for outcome in done),
        examples_per_second=median(outcome.examples_per_second for outcome in done),
        resident=_peak([outcome.resident for outcome in done]),
        anonymous=_peak([outcome.anonymous for outcome in done]),
    )


def _peak(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return round(median(known)) if known else None


def table(outcomes: Outcomes) -> str:
    """A Markdown table of medians, with each time in units of the limit's and of ours."""
    middles = {name: middle(runs) for name, runs in outcomes.items()}
    rows: list[tuple[str, ...]] = [
        (
            "contestant",
            "seconds",
            "x limit",
            "x ours",
            "accuracy",
            "examples/s",
            "peak MB",
            "anonymous MB",
            "runs",
        )
    ]
    for name, figures in middles.items():
        if isinstance(figures, Failure):
            rows.append((name, figures.reason, *[""] * 6, str(len(outcomes[name]))))
            continue
        rows.append(
            (
                name,
                f"{figures.seconds:.1f}",
                _ratio(figures, middles.get("limit")),
                _ratio(figures, middles.get("ours")),
                f"{figures.accuracy:.3f}",
                f"{figures.examples_per_second:.1f}",
                _megabytes(figures.resident),
                _megabytes(figures.anonymous),
                str(len(outcomes[name])),
            )
        )
    return markdown(rows)


def _ratio(figures: Outcome, other: Outcome | Failure | None) -> str:
    return f"{figures.seconds / other.seconds:.2f}" if isinstance(other, Outcome) else ""


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:.0f}"


def growth_table(middles: Mapping[int, Outcome | Failure]) -> str:
    """How ours grows with the data: times and peaks at each scale, and their ratios to the first."""
    rows = [("data", "seconds", "x first", "anonymous MB", "x first")]
    first = next(iter(middles.values()))
    for scale, figures in middles.items():
        if isinstance(figures, Failure):
            rows.append((f"{scale}x", figures.reason, "", "", ""))
            continue
        anonymous = ""
        if isinstance(first, Outcome) and figures.anonymous and first.anonymous:
            anonymous = f"{figures.anonymous / first.anonymous:.2f}"
        rows.append(
            (
                f"{scale}x",
                f"{figures.seconds:.1f}",
                _ratio(figures, first),
                _megabytes(figures.anonymous),
                anonymous,
            )
        )
    return markdown(rows)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first row is its header."""
    lines = ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


# ---------------------------------------------------------------------------------------------------------- runs


def absent(contestant: Contestant, work: str) -> str | None:
    """Why the contestant does not take part, if it does not."""
    if WORKS[work].modality not in contestant.modalities:
        return "does not do this"
    missing = [package for package in contestant.packages if find_spec(package) is None]
    return f"{', '.join(missing)} not installed" if missing else None


def command(
    contestant: Contestant, work: str, options: argparse.Namespace, data: Path, out: Path
) -> list[str]:
    """The command line of one process."""
    modality = WORKS[work].modality
    model = options.image_weights if modality == "images" else options.text_model
    words = [sys.executable, str(HERE / contestant.script), "--work", work, "--data", data, "--model", model]
    words += ["--architecture", options.architecture, "--image-size", options.image_size, "--out", out]
    words += ["--epochs", options.epochs or EPOCHS.get(work, 5)]
    words += ["--batch-size", options.batch_size or BATCH[modality], "--cache", options.folder / "cache"]
    return [*map(str, words), *([contestant.flag] if contestant.flag else [])]


def once(name: str, work: str, options: argparse.Namespace, data: Path) -> Outcome | Failure:
    """Run one contestant once; a first run of ours starts with an empty cache."""
    contestant = CONTESTANTS[name]
    out, log = options.folder / "result.json", options.folder / f"{work} {name}.log"
    out.unlink(missing_ok=True)
    if contestant.flag != "--again":
        shutil.rmtree(options.folder / "cache", ignore_errors=True)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    print(f"{work}: {name} ...", end=" ", file=sys.stderr, flush=True)
    seen = watch(command(contestant, work, options, data, out), log, environment)
    print(f"{seen.seconds:.1f} s", file=sys.stderr, flush=True)
    if seen.status or not out.exists():
        return Failure(f"failed, see {log}")
    result = json.loads(out.read_text(encoding="utf-8"))
    outcome = Outcome(
        seen.seconds, result["accuracy"], result["examples_per_second"], seen.resident, seen.anonymous
    )
    with (options.folder / "results.jsonl").open("a", encoding="utf-8") as file:
        line = {"work": work, "contestant": name, "data": str(data), "seconds": outcome.seconds, **result}
        peaks = {"resident": outcome.resident, "anonymous": outcome.anonymous}
        file.write(json.dumps({**line, "seconds": round(outcome.seconds, 3), **peaks}) + "\n")
    return outcome


def contest(work: str, options: argparse.Namespace, data: Path) -> Outcomes:
    """All contestants in turn, as often as was asked for."""
    outcomes: dict[str, list[Outcome | Failure]] = {name: [] for name in options.only}
    for _ in range(options.repeats):
        for name, runs in outcomes.items():
            reason = absent(CONTESTANTS[name], work)
            if reason is not None:
                runs[:] = [Failure(reason)]
            elif not any(isinstance(run, Failure) for run in runs):
                runs.append(once(name, work, options, data))
    return outcomes


def growth(work: str, options: argparse.Namespace) -> Mapping[int, Outcome | Failure]:
    """Ours at 1x, 4x and 16x the generated data, alternating."""
    runs: dict[int, list[Outcome | Failure]] = {scale: [] for scale in SCALES}
    for _ in range(options.repeats):
        for scale, outcomes in runs.items():
            outcomes.append(once("ours", work, options, make(work, options, scale)))
    return {scale: middle(outcomes) for scale, outcomes in runs.items()}


# ------------------------------------------------------------------------------------------------------ material


def make(work: str, options: argparse.Namespace, scale: int = 1) -> Path:
    """Generated data for `work`, in a folder named by their number."""
    if WORKS[work].modality == "images":
        each = (options.examples, max(1, options.examples // 4))
        return material.make_images(options.folder / f"images-{each[0]}-{scale}x", scale, each=each)
    each = (options.texts_made, max(2, options.texts_made // 4))
    return material.make_texts(options.folder / f"texts-{each[0]}-{scale}x", scale, each=each)


def prepare(work: str, options: argparse.Namespace) -> Path:
    """The data folder for `work`, and the weights, from what the reader gave or made here."""
    images = WORKS[work].modality == "images"
    if images and options.image_weights is None:
        file = options.folder / f"{options.architecture}.pth"
        options.image_weights = material.make_image_weights(file, options.architecture)
    if not images and options.text_model is None:
        options.text_model = material.make_text_model(options.folder / "text-model")
    given = options.folder / f"{WORKS[work].modality}-given"
    shutil.rmtree(given, ignore_errors=True)  # links to what another run was given
    if images and options.images:
        return material.split_images(options.images, given)
    if not images and options.texts:
        return material.split_texts(options.texts, given)
    return make(work, options)


def environment() -> str:
    """The machine and the versions, for above the table."""
    versions = [f"{name} {_version(name)}" for name in ("torch", "torchvision", "transformers")]
    peers = [f"{name} {_version(name)}" for name in ("accelerate", "lightning", "fastai", "keras")]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    return f"{now}; {processor()}, {cores} cores, {load}; Python {platform.python_version()}, " + ", ".join(
        versions + peers
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def processor() -> str:
    """The processor's name, with the flag that says whether it computes bf16 itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    native = {"avx512_bf16", "amx_bf16", "bf16"} & set(
        (facts.get("flags") or facts.get("Features", "")).split()
    )
    return f"{facts.get('model name', platform.machine())} ({', '.join(sorted(native)) or 'no native bf16'})"


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", action="append", choices=WORKS, help="which; all if left out; may be repeated"
    )
    parser.add_argument(
        "--only", action="append", choices=CONTESTANTS, help="which contestants; may be repeated"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--growth", action="store_true", help="instead: ours at 1x, 4x and 16x the data")
    parser.add_argument(
        "--images", type=Path, help="a folder of class folders, or of train/ and val/ with them"
    )
    parser.add_argument("--texts", type=Path, help="a TSV of text and label")
    parser.add_argument("--image-weights", type=Path, help="a .pth of torchvision's, for --architecture")
    parser.add_argument("--text-model", type=Path, help="a Hugging Face folder, of the BERT kind")
    parser.add_argument("--architecture", default="resnet50", choices=("resnet18", "resnet50"))
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--epochs", type=int, help="for all; 10 frozen, 5 partial, 2 or 3 full if left out")
    parser.add_argument("--batch-size", type=int, help="32 if left out")
    parser.add_argument("--examples", type=int, default=48, help="generated training images of each class")
    parser.add_argument("--texts-made", type=int, default=2000, help="generated training sentences")
    parser.add_argument("--folder", type=Path, default=Path("runs/bench"), help="where everything is kept")
    options = parser.parse_args(arguments)
    options.work = options.work or list(WORKS)
    options.only = options.only or list(CONTESTANTS)
    if "ours, again" in options.only and "ours" not in options.only:
        parser.error("'ours, again' needs the cache of 'ours': add --only ours")
    if options.only.count("ours") and "ours, again" in options.only:  # nothing may empty the cache in between
        options.only = [name for name in CONTESTANTS if name in options.only]
    options.folder = options.folder.resolve()
    return options


def main() -> int:
    """Run, and print the tables; 1 if a contestant failed."""
    options = parse()
    options.folder.mkdir(parents=True, exist_ok=True)
    print(environment(), flush=True)
    failed = False
    for work in options.work:
        data = prepare(work, options)
        if options.growth:
            middles = growth(work, options)
            text, ends = growth_table(middles), list(middles.values())
        else:
            outcomes = contest(work, options, data)
            text, ends = table(outcomes), [middle(runs) for runs in outcomes.values()]
        failed |= any(isinstance(end, Failure) and end.reason.startswith("failed") for end in ends)
        print(f"\n{work}\n\n{text}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
