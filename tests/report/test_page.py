"""The page as a whole: its numbers are those of the files, its markup is whole, nothing in it is somebody else's."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ftcli.metrics.paired import paired
from ftcli.report.markup import duration, probability, rounded
from ftcli.report.page import page, report
from ftcli.report.run import read_run
from tests.report.making import CLASSES, YAML, make_run, metric_lines, outcomes, summary
from tests.report.reading import Parsed, parsed, text_of


def leaves(value: Any) -> Iterator[Any]:
    """Every number and text in a document."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from (key, *leaves(one)) if isinstance(key, str) else leaves(one)
    else:
        yield value


def documents(*runs: Path) -> list[Any]:
    """All that the files of runs hold: numbers, and texts."""
    found: list[Any] = []
    for run in runs:
        for file in run.glob("*.json"):
            found += leaves(json.loads(file.read_text()))
        for line in (run / "metrics.jsonl").read_text().splitlines():
            found += leaves(json.loads(line))
        text = (run / "predictions.csv").read_text()
        found += [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        found += [(run / "experiment.yaml").read_text(), run.name]
    return found


def wrong_numbers(read: Parsed, known: list[Any]) -> list[str]:
    """Numbers of a page that no file holds, or that are not shown as what they are."""
    numbers = {value for value in known if isinstance(value, int | float) and not isinstance(value, bool)}
    wrong = []
    for one in read.all("data"):
        value = json.loads(one.attributes["value"] or "")
        ways = {
            rounded(value),
            text_of(duration(value)),
            text_of(probability(value)),
            "·" if value == 0 else "",
        }
        if value not in numbers or one.text not in ways:
            wrong.append(f"{one.text} {value}")
    texts = [value for value in known if isinstance(value, str)]
    for piece in filter(re.compile(r"\d").search, read.prose):
        if not any(piece.strip(" ,.:") in text for text in texts):
            wrong.append(piece)
    return wrong


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "flowers", pictures=24)


def test_every_number_is_a_field_of_a_file(run: Path) -> None:
    read = parsed(report([run]))
    assert len(read.all("data")) > 100
    assert wrong_numbers(read, documents(run)) == []


def test_a_number_of_no_file_is_noticed(run: Path) -> None:
    text = report([run])
    for wrong in (
        '<data value="0.8626">0.8626</data>',
        '<data value="0.8625">0.863</data>',
        "<p>0.9 of them</p>",
    ):
        assert wrong_numbers(parsed(text.replace("<footer>", f"{wrong}<footer>")), documents(run)) != []


def test_the_headline_is_that_of_the_files(run: Path) -> None:
    words = text_of(report([run]))
    assert (
        "accuracy on 80 examples of test0.86250.7704 to 0.9213 Wilson, 95 %best epoch17 of 20training4 min 22 s"
        in words
    )


def test_of_several_runs_only_the_paired_test_is_computed(tmp_path: Path) -> None:
    scores = [[float(row % every != 3) for row in range(80)] for every in (7, 5)]
    runs = [
        make_run(tmp_path / f"run-{n}", right=scores[n], experiment=YAML.replace("32", f"{n}2"))
        for n in (0, 1)
    ]
    test = paired(*scores)
    computed = [test.difference, abs(test.difference), test.p, test.n, test.a_only, test.b_only]
    assert wrong_numbers(parsed(report(runs)), [*documents(*runs), *computed]) == []


@pytest.mark.parametrize("several", [False, True])
def test_every_tag_is_closed_every_image_has_words_every_link_leads_somewhere(
    run: Path, several: bool
) -> None:
    runs = [run, make_run(run.parent / "other")] if several else [run]
    text = report(runs)
    read = parsed(text)
    assert read.faults == []
    assert all(one.attributes.get("alt") for one in read.all("img"))
    assert len(read.all("img")) == (0 if several else 24)
    links = {one.attributes["href"] for one in read.all("a")}
    assert links <= {f"#{one.attributes['id']}" for one in read.elements if "id" in one.attributes}
    assert not re.findall(r"https?:|url\(|@import|srcset", text)
    assert text == report(runs)


def test_sizes(run: Path) -> None:
    assert len(report([run]).encode()) < 1_000_000
    assert len(report([make_run(run.parent / "plain", metrics=metric_lines(200, 50))]).encode()) < 150_000
    many = [f"class {n}" for n in range(1_000)]
    rows = [
        {"class": one, "precision": 0.1234567, "recall": 0.7654321, "f1": 0.5, "support": 9} for one in many
    ]
    large = outcomes() | {"per_class": rows, "confusion": {"classes": many, "counts": None}}
    assert len(report([make_run(run.parent / "classes", outcomes=large)]).encode()) < 150_000


def test_the_only_script_is_the_one_that_the_policy_names(run: Path) -> None:
    text = report([run])
    read = parsed(text)
    (policy,) = [one.attributes["content"] for one in read.all("meta") if "http-equiv" in one.attributes]
    assert policy is not None
    assert policy.startswith(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-"
    )
    (script,) = read.all("script")
    assert script.attributes == {}
    assert len(script.text.splitlines()) <= 40
    assert not [one for one in read.elements if any(key.startswith("on") for key in one.attributes)]


ATTACK = "<img src=x onerror=alert(1)>\u202e\x1b[2J'\""


def test_names_and_texts_are_inert_wherever_they_come_from(tmp_path: Path) -> None:
    mean = [ATTACK, *CLASSES[1:]]
    errors = [{**one, "id": ATTACK, "text": ATTACK, "true": [ATTACK]} for one in outcomes(mean)["errors"]]
    documents: dict[str, Any] = {
        "outcomes": outcomes(mean)
        | {"errors": errors, "split": ATTACK, "score": ATTACK, "data": {ATTACK: 3}},
        "summary": summary() | {"stopped": ATTACK, "backbone": ATTACK, "metric": ATTACK},
        "findings": {"version": 1, "findings": [{"message": ATTACK, "places": [ATTACK], "advice": ATTACK}]},
        "environment": {ATTACK: ATTACK},
        "metrics": [*metric_lines(3), {"epoch": 3, "step": 24, "note": ATTACK}],
        "experiment": f"{json.dumps(ATTACK)}: {json.dumps(ATTACK)}\n",
    }
    documents["outcomes"]["figures"][ATTACK] = {"value": 0.5, "low": 0.4, "high": 0.6, "interval": ATTACK}
    for line in documents["metrics"][:-1]:
        if "train_loss" in line:
            line.update({"phase": f"{ATTACK}{line['epoch']}", f"val_{ATTACK}": 0.5})
    runs = [make_run(tmp_path / name, classes=mean, **documents) for name in ("a", "<b>b")]
    for text in (report(runs[:1]), report(runs)):
        read = parsed(text)
        assert read.faults == []
        assert "<img" not in text
        assert not {"b"} & {
            one.tag for one in read.elements if "severity" not in (one.attributes.get("class") or "")
        }
        assert not set(text) & set("\x1b\u202e")
        assert text.count("&lt;img src=x onerror=alert(1)&gt;") > 15


def test_runs_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    runs = [read_run(make_run(tmp_path / folder / "run")) for folder in ("a", "b")]
    assert str(tmp_path / "a/run") in text_of(page(runs))
