"""What a run is called, by its settings and its summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.card.answers import UNANSWERED
from ftcli.card.card import card
from ftcli.card.facts import read_facts, unanswered
from tests.report.making import YAML, make_run, summary


@pytest.mark.parametrize(
    ("model", "source", "found"),
    [
        ("{backbone: torchvision/x}", "torchvision/x@V1", ("torchvision/x", "V1", "torchvision", False)),
        ("{backbone: torchvision/x}", "torchvision/x@none", ("torchvision/x", "none", "torchvision", True)),
        ("{backbone: timm/x}", "timm/x", ("timm/x", "", "timm", False)),
        ("{backbone: whisper}", "whisper@none", ("whisper", "none", "transformers", True)),
        ("{backbone: /home/me/bert}", "/home/me/bert", ("bert", "", "transformers", False)),
        ("{backbone: a/b, weights: /srv/w.pth}", "a/b@/srv/w.pth", ("a/b", "w.pth", "transformers", False)),
        ("{backbone: a/b, weights: none}", "", ("a/b", "none", "transformers", True)),
        ("{}", "", ("", "", "", False)),
    ],
)
def test_the_network_and_its_weights(
    model: str, source: str, found: tuple[str, str, str, bool], tmp_path: Path
) -> None:
    ended = summary() | {"backbone": source}
    facts = read_facts(make_run(tmp_path / "run", experiment=f"task: x\nmodel: {model}\n", summary=ended))
    assert (facts.backbone, facts.weights, facts.library, facts.from_nothing) == found


@pytest.mark.parametrize(
    ("data", "called"),
    [
        ("{source: /home/me/photos}", "photos"),
        ("{source: org/set}", "org/set"),
        ("{train: /srv/a.csv}", "a.csv"),
        ("{source: null}", ""),
    ],
)
def test_the_data(data: str, called: str, tmp_path: Path) -> None:
    facts = read_facts(make_run(tmp_path / "run", experiment=f"task: x\ndata: {data}\n"))
    assert facts.data == called


def test_the_questions_that_are_not_answered(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", experiment=YAML)
    assert len(unanswered(run)) == 3
    (run / "README.md").write_text(card(run).replace(UNANSWERED, "Yes.", 2))
    assert unanswered(run) == ["Ethical considerations"]
