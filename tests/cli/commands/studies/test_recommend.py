"""`ftcli recommend` as a user runs it, on tiny networks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.config.reader import read_text
from ftcli.config.tree import plain
from ftcli.errors import Interruption
from tests.running import Command
from tests.tiny import data as tiny
from tests.tiny import models


@pytest.fixture
def nets(workplace: Path) -> str:
    models.bert(workplace / "nets" / "bert")
    models.distilbert(workplace / "nets" / "distilbert")
    tiny.table(workplace / "reviews.csv", tiny.reviews(40))
    return "nets,nowhere"


def test_data_are_enough(ftcli: Command, nets: str) -> None:
    shown = ftcli.ok("recommend", "reviews.csv", "--models", nets, "--race", 0)
    lines = shown.splitlines()
    assert lines[0].startswith("36 training examples") or "training examples" in lines[0]
    assert any(line.startswith("->") for line in lines)
    assert "note: not tried: nowhere: neither a path nor a network on this machine." in shown
    assert lines[-1] == "Train it: ftcli train runs/reviews-recommend/recommended.yaml"
    text = Path("runs/reviews-recommend/recommended.yaml").read_text()
    assert plain(read_text(text, str)[0])["model"]["backbone"] in {
        str(Path("nets/bert").absolute()), str(Path("nets/distilbert").absolute()),
    }  # fmt: skip

    again = json.loads(ftcli.ok("recommend", "reviews.csv", "--models", nets, "--race", 0, "--json"))
    assert again["state"] == "complete"
    assert Path(again["recommended"]) == Path("runs/reviews-recommend/recommended.yaml")
    assert json.loads(Path("runs/reviews-recommend/recommend.json").read_text()) == again


def test_ctrl_c_says_how_to_go_on(ftcli: Command, nets: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Interruption(2)

    monkeypatch.setattr("ftcli.studies.recommend.evidence.judge", stop)
    result = ftcli("recommend", "reviews.csv", "--models", nets, "--output", "study")
    assert result.status == 130
    assert "Go on with the same command: what is known is in study/recommend.json" in result.err
    assert json.loads(Path("study/recommend.json").read_text())["state"] == "interrupted"


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (("--time", "soon"), "--time: 'soon' is not a time with a unit: 90s, 10m or 1h30m would be right"),
        (("--memory", "lots"), "--memory: 'lots' is not a size with a unit: 500MB or 4GiB would be right"),
        (("--latency", "0ms"), "--latency: '0ms' is not a time with a unit"),
        (("--price", "inf"), "--price: should be a number, such as 1.2, not inf"),
        (("--models", "zzz*"), "zzz*: neither a path nor a name of the list fits it"),
        (("data.label=stars",), "stars"),
    ],
)
def test_mistakes_are_answered(
    ftcli: Command, workplace: Path, options: tuple[str, ...], answer: str
) -> None:
    tiny.table(workplace / "reviews.csv", tiny.reviews(12))
    (workplace / "texts.yaml").write_text(
        "task: text-classification\ndata: {train: reviews.csv, text: text, label: label}\nmodel: nobody/nothing\n"
    )
    assert answer in ftcli.refused("recommend", "texts.yaml", *options)


def test_networks_that_cannot_be_tried_are_a_mistake(ftcli: Command, nets: str, workplace: Path) -> None:
    """Though the network of the file could be the answer, it is none to the question that was asked."""
    (workplace / "broken").mkdir()
    (workplace / "broken" / "config.json").write_text("{}")
    (workplace / "texts.yaml").write_text(
        "task: text-classification\ndata: {train: reviews.csv, text: text, label: label}\nmodel: nets/bert\n"
    )
    nothing = ftcli.refused("recommend", "texts.yaml", "--models", "zzz*,nowhere")
    assert "--models: none of these networks can be tried:\n  zzz*: neither a path nor a name" in nothing
    assert "  nowhere: neither a path nor" in nothing
    assert "On this machine, for this task: none" in nothing
    assert "  broken: " in ftcli.refused("recommend", "texts.yaml", "--models", "broken")
    limited = ftcli.refused("recommend", "texts.yaml", "--models", "nets", "--race", 0, "--memory", "1kB")
    assert "there is no network to choose:" in limited
    assert "more than --memory" in limited
