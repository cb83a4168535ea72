"""Writes the receipt of a run: what is known when training starts, then the hashes of its inputs, at last the results.

The inputs are hashed by a thread beside the training. It only computes: the files are written by the training, in
`save` and `seal`, so that they are never half there.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any

from ftcli.config.dump import dump_experiment
from ftcli.data.inventory import Inventory, example_files, inventory
from ftcli.errors import RunError
from ftcli.report.receipt import LIST, NAME
from ftcli.runs.checkpoints import retention
from ftcli.runs.directory import RunDirectory
from ftcli.runs.receipts.document import MOST_BYTES, VERSION, Receipt, read_receipt, text_of
from ftcli.runs.receipts.inputs import data_base, named, weights_named
from ftcli.runs.receipts.lists import summary
from ftcli.runs.receipts.losses import as_json, read_losses
from ftcli.runs.receipts.machine import code_sha256, machine_of, packages
from ftcli.runs.receipts.tensors import hash_checkpoint
from ftcli.runs.resuming import changed_numerics
from ftcli.runs.scoring import Scores
from ftcli.runs.session import Session
from ftcli.system import durable
from ftcli.system.bounded import read_bytes
from ftcli.system.file_hashes import EDGE, MOST_READ, Hashed, How, hash_files, how_to_read

# Files that are listed one by one beside the receipt.
MOST_LISTED = 200_000
# Bytes of such a list.
_LARGEST = 128 << 20
# Of the summary.
RESULTS = ("task", "metric", "epochs", "best_epoch", "stopped", "seconds")
# What a limit of time has decided, so that another machine decides the same.
DECIDED = "decided"
# What fits, as shares of the characters for short hashes and of the losses; the last leaves them out.
_SHARES = (1.0, 0.5, 0.25, 0.1, 0.0)
_SHORT, _LOSSES = 4_096, 120
_HOW: Mapping[How, str] = {
    "whole": "the SHA-256 of every byte of each file",
    "edges": f"the size of each file and the SHA-256 of its first and last {EDGE:,} bytes, as all files together have "
    f"more than {MOST_READ // 10**9} GB: a change within a file that keeps its size is not seen",
}


class InputHashes:
    """The hashes of a session's data, weights and code, computed by a thread once `start` is called."""

    def __init__(self, session: Session, weights: Sequence[Path]) -> None:
        """`weights` are the files of the pre-trained weights. The files of the data are found here, not in the thread:
        rows of a table are read from one open file."""
        self.base = data_base(session.experiment.data)
        self._data = named([*session.data_files, *example_files(session.splits)], self.base)
        self._weights = weights_named(weights)
        self.how: How = how_to_read(self._data | self._weights)
        self.data: list[Hashed] = []
        self.weights: list[Hashed] = []
        self.code = ""
        self._stopped, self._thread = Event(), Thread(target=self._run, name="receipt", daemon=True)
        self._error: Exception | None = None

    def start(self) -> None:
        """Begin to hash."""
        self._thread.start()

    def ready(self, *, wait: bool = False) -> bool:
        """Whether all of it is hashed. Raises what the thread met."""
        if wait:
            self._thread.join()
        if self._error is not None:
            raise self._error
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End the thread, whatever it has done."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            stopped: Callable[[], bool] = self._stopped.is_set
            self.data = hash_files(self._data, self.how, stopped)
            self.weights = hash_files(self._weights, self.how, stopped)
            self.code = code_sha256()
        except Exception as error:
            self._error = error


class ReceiptWriter:
    """The receipt of one training, by the process that leads. Every method that writes raises `RunError`."""

    def __init__(self, session: Session, directory: RunDirectory) -> None:
        self._session, self._directory = session, directory
        self._known: dict[str, Any] = {}
        self._hashes: InputHashes | None = None

    def begin(self, examples: Inventory) -> None:
        """Write what is known at the start, within `RunDirectory.created`. Raises `OSError`."""
        session = self._session
        counted = {name: {key: one[key] for key in ("examples", "digest")} for name, one in examples.items()}
        self._known = {
            "receipt": "ftcli",
            "version": VERSION,
            "run": self._directory.path.absolute().name,
            "seed": session.experiment.training.seed,
            "packages": packages(),
            "machine": machine_of(session),
            "examples": counted,
            "data": None,
            "weights": None,
            "weights_from": [str(path) for path in session.weight_files],
            "departures": [],
        }
        self._write(self._document(1.0))
        self._start(session.weight_files)

    def resume(self, departure: str | None) -> None:
        """Take the receipt of a run that goes on, which is no longer sealed; one that is not there begins here.

        `departure` is how the run differs from one that goes through at once, if it does.
        """
        try:
            known = dict(read_receipt(self._directory.path / NAME).fields)
        except RunError as error:
            self.begin(inventory(self._session.splits))
            self._depart(f"the run was begun before this receipt, which it got when it went on ({error})")
        else:
            later = {
                *RESULTS,
                DECIDED,
                "figures",
                "interval",
                "losses",
                "checkpoint",
                "seal",
                "yaml",
                "yaml_sha256",
            }
            self._known = {key: value for key, value in known.items() if key not in later}
            if known["data"] is None:
                self._start([Path(path) for path in known["weights_from"]])
        for words in (*changed_numerics(self._session, self._directory), *([departure] if departure else ())):
            self._depart(words)
        self._write(self._document(1.0))

    def save(self) -> None:
        """Write the hashes of the inputs, once they are there; called now and then."""
        if self._hashes is not None and self._hashes.ready():
            self._take(self._hashes)
            self._write(self._document(1.0))

    def seal(self, results: Mapping[str, Any], scores: Mapping[str, Scores]) -> None:
        """Write the results, those of the summary among them, and seal it."""
        if self._hashes is not None:
            self._hashes.ready(wait=True)
            self._take(self._hashes)
        best = retention.best(self._directory.checkpoints)
        tensors = hash_checkpoint(best)
        losses = read_losses(self._directory.metrics.path)
        summed = {key: results[key] for key in RESULTS}
        if results["time"] is not None:
            summed[DECIDED] = results["time"][DECIDED]
        figures = {name: dict(one.figures) for name, one in scores.items()}
        for share in _SHARES:
            ends = {
                **summed,
                "figures": figures,
                "interval": self._interval(results["metric"]),
                "losses": as_json(losses, results["metric"], int(_LOSSES * share)),
                "checkpoint": {"name": best.name, **summary(tensors, int(_SHORT * share))},
            }
            text = text_of({**self._document(share), **ends}, seal=True)
            if len(text.encode(errors="backslashreplace")) <= MOST_BYTES:
                break
        self._put(NAME, text)

    def _interval(self, metric: str) -> dict[str, Any] | None:
        """The interval of the watched figure, and the split that was scored for it; None where there is none."""
        outcomes = self._directory.outcomes()
        figure = outcomes.get("figures", {}).get(metric, {})
        if "low" not in figure or "high" not in figure:
            return None
        return {"split": outcomes.get("split"), "low": figure["low"], "high": figure["high"]}

    def stop(self) -> None:
        """End what runs beside the training; nothing more is written."""
        if self._hashes is not None:
            self._hashes.stop()
            self._hashes = None

    def _start(self, weights: Sequence[Path]) -> None:
        self._hashes = InputHashes(self._session, weights)
        self._hashes.start()

    def _take(self, hashes: InputHashes) -> None:
        """Keep what the thread has computed; the list of files is written at once."""
        base = None if hashes.base is None else str(hashes.base)
        self._items = {"data": hashes.data, "weights": hashes.weights}
        self._known |= {"code": hashes.code, "how": _HOW[hashes.how], "read": hashes.how, "base": base}
        for key, items in self._items.items():
            self._known[key] = summary(items, _SHORT)
        self._known.pop("weights_from", None)
        if len(hashes.data) + len(hashes.weights) <= MOST_LISTED:
            self._put(LIST, _table(self._items))
        self._hashes = None

    def _document(self, share: float) -> dict[str, Any]:
        """What is known, with short hashes that take this share of what they may, and the YAML where it fits."""
        yaml = dump_experiment(self._session.experiment)
        known = dict(self._known)
        for key in ("data", "weights"):
            if known.get(key) is not None and len(known[key]["short"]) > _SHORT * share:
                known[key] = {**known[key], "short": ""}
        return {
            **known,
            "yaml": yaml if len(yaml) < MOST_BYTES / 2 else None,
            "yaml_sha256": hashlib.sha256(yaml.encode(errors="backslashreplace")).hexdigest(),
        }

    def _depart(self, words: str) -> None:
        if words not in self._known["departures"]:
            self._known["departures"] = [*self._known["departures"], words]

    def _write(self, document: Mapping[str, Any]) -> None:
        self._put(NAME, text_of(document, seal=False))

    def _put(self, name: str, text: str) -> None:
        path = self._directory.path / name
        try:
            durable.write_text(path, text)
        except OSError as error:
            raise RunError(f"{path}: cannot be written: {error}") from error


def receipt_of(path: Path) -> Receipt | None:
    """The receipt of a run; None where it has none. Raises `RunError` as `read_receipt`."""
    return read_receipt(path / NAME) if (path / NAME).exists() else None


def read_list(receipt: Receipt) -> dict[str, list[Hashed]] | None:
    """The files that are listed beside a receipt, those of "data" and of "weights"; None where it has no such list.

    Raises `RunError` for a list of something else.
    """
    path = receipt.path.parent / LIST
    if receipt.path.name != NAME or not path.is_file():
        return None
    found: dict[str, list[Hashed]] = {"data": [], "weights": []}
    try:
        text = read_bytes(path, _LARGEST).decode()
        for kind, name, size, sha256 in list(csv.reader(io.StringIO(text, newline="")))[1:]:
            found[kind].append(Hashed(name, int(size), sha256))
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise RunError(f"{path} is damaged: {error}") from None
    return found


def _table(items: Mapping[str, Sequence[Hashed]]) -> str:
    """The list of files as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("kind", "name", "bytes", "sha256"))
    writer.writerows((kind, *one) for kind, some in items.items() for one in some)
    return text.getvalue()
