"""Does `ftcli recommend` choose well? Its order of candidates beside what fine-tuning each of them gives.

python scripts/bench/choosing.py SET.yaml ... --models NAMES [--cut FOLDER:6,4,2] [--seeds 2] [--folder runs/choosing]

A SET is a YAML that `ftcli train` takes, with `data.val` and `data.test` that do not depend on the seed. Candidates
are what `--models` of `ftcli recommend` takes, such as NAME@FILE:96 for another image size, and encoders of Hugging
Face cut to their first layers; to them come the controls of `recommend`. Each is fine-tuned by the default recipe once
a seed. What is known is kept in results.json, so that the command goes on where it ended, and the figures alone cost
nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from depth import cut
from ranking import Candidate, Set, table

from ftcli.config.dump import dump_experiment
from ftcli.config.load import load_experiment
from ftcli.config.schema import Experiment
from ftcli.data.findable import findable
from ftcli.studies.recommend.ranking.candidates import Candidate as Network

Json = dict[str, Any]


class Results:
    """What was found, in a file that is whole at any moment."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.found: Json = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def of(self, *names: str) -> Json:
        """The part of these names, made where it is missing."""
        part = self.found
        for name in names:
            part = part.setdefault(name, {})
        return part

    def keep(self) -> None:
        """Write the file."""
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self.found, indent=1) + "\n", encoding="utf-8")
        new.replace(self._file)


def main() -> None:
    """Make what is missing of the table, and print the figures."""
    asked = arguments()
    asked.folder.mkdir(parents=True, exist_ok=True)
    words = [*asked.models, *(str(one) for spec in asked.cut for one in cut(spec, asked.folder / "cut"))]
    results = Results(asked.folder / "results.json")
    for file in asked.sets:
        study(file, words, asked, results)
        for one in results.of(file.stem, "recommend")["first"]["candidates"]:
            for seed in range(asked.seeds):
                tune(file, one, seed, asked.folder, results)
    print(table([as_set(file.stem, results.of(file.stem)) for file in asked.sets]))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET.yaml")
    parser.add_argument("--models", nargs="*", default=[], help="as `ftcli recommend --models` takes them")
    parser.add_argument("--cut", nargs="*", default=[], metavar="FOLDER:LAYERS,...", help="of an encoder")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--time", default="10m", help="that a study may take")
    parser.add_argument("--race", default="3", help="how many a study fine-tunes")
    parser.add_argument("--folder", type=Path, default=Path("runs/choosing"))
    return parser.parse_args()


def study(file: Path, words: list[str], asked: argparse.Namespace, results: Results) -> None:
    """`ftcli recommend` on the candidates, and the same once more, which computes nothing again."""
    found = results.of(file.stem, "recommend")
    folder = asked.folder / file.stem / "recommend"
    call = ["recommend", str(file), *(part for word in words for part in ("--models", word))]
    call += ["--time", asked.time, "--race", asked.race, "--output", str(folder), "--json"]
    for turn in ("first", "second"):
        if turn in found:
            continue
        if turn == "first":
            shutil.rmtree(folder, ignore_errors=True)
        began = time.monotonic()
        document = ftcli(call)
        found[turn] = {**document, "wall": time.monotonic() - began}
        results.keep()


def tune(file: Path, candidate: Json, seed: int, folder: Path, results: Results) -> None:
    """Fine-tune a candidate by the default recipe; its figure is that of the test split, else of validation."""
    found = results.of(file.stem, "tuned", candidate["name"])
    if str(seed) in found:
        return
    place = (folder / file.stem / "tuned" / f"{len(results.of(file.stem, 'tuned'))}-{seed}").resolve()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    yaml = place / "experiment.yaml"
    yaml.write_text(dump_experiment(experiment(file, candidate, seed, place / "run")), encoding="utf-8")
    began = time.monotonic()
    summary = ftcli(["train", str(yaml), "--json"])
    score = (summary.get("test") or summary["val"])[summary["metric"]]
    found[str(seed)] = {
        "score": -score if summary["lower_is_better"] else score,
        "metric": summary["metric"],
        "split": "test" if summary.get("test") else "val",
        "seconds": time.monotonic() - began,
    }
    shutil.rmtree(place)
    results.keep()
    print(f"{file.stem}  {candidate['label']}  seed {seed}: {score:.4f}", file=sys.stderr, flush=True)


def experiment(file: Path, candidate: Json, seed: int, output: Path) -> Experiment:
    """That of a set with the network of a candidate."""
    base = load_experiment(file)
    network = Network(candidate["backbone"], candidate["weights"], candidate["image_size"]).experiment(base)
    return findable(replace(network, training=replace(network.training, seed=seed), output=str(output)))


def ftcli(words: list[str]) -> Json:
    """The JSON that a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "ftcli", *words], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"ftcli {' '.join(words)}: status {done.returncode}")
    document: Json = json.loads(done.stdout)
    return document


def as_set(name: str, found: Json) -> Set:
    """What was found of a set, as the figures need it."""
    first, second = found["recommend"]["first"], found["recommend"]["second"]
    candidates = []
    for one in first["candidates"]:
        tuned = found["tuned"][one["name"]].values()
        evidence = one["evidence"] or {}
        loss, rank = evidence.get("log_loss"), one["rank"]
        rankers = {
            "recommend": None if rank is None else -rank,
            "probe": evidence.get("value") if loss is None else -loss,
            "kNN": evidence.get("nearest"),
            "LogME": evidence.get("log_evidence"),
            "H-score": evidence.get("h_score"),
        }
        candidates.append(
            Candidate(
                one["name"],
                one["label"],
                one["control"],
                tuple(run["score"] for run in tuned),
                sum(run["seconds"] for run in tuned) / len(tuned),
                {ranker: value for ranker, value in rankers.items() if value is not None},
            )
        )
    return Set(name, tuple(candidates), first["best"], first["chosen"], first["wall"], second["wall"])


if __name__ == "__main__":
    main()
