"""The card as a whole: its numbers are those of the files, and whatever the files say stays a text."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ftcli.card.answers import UNANSWERED, is_ours
from ftcli.card.card import card
from ftcli.errors import RunError
from ftcli.report.markup import in_words, rounded
from tests.card.making import add_receipt, make_whole_run
from tests.card.test_markdown import PARSER, tokens
from tests.report.making import CLASSES, make_run, outcomes, summary
from tests.report.test_page import documents

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?")


def body(text: str) -> str:
    """A card without its front matter."""
    return text.split("\n---\n", 1)[1]


def prose(text: str) -> str:
    """The body without blocks of code and comments."""
    found = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", body(text), flags=re.DOTALL | re.MULTILINE)
    return html.unescape(re.sub(r"<!--.*?-->", "", found, flags=re.DOTALL))


def wrong_numbers(text: str, run: Path) -> list[str]:
    """Numbers of a card that no file of its run holds, or that are not shown as what they are."""
    known = [*documents(run), (run / "model/target.json").read_text()]
    numbers = {value for value in known if isinstance(value, int | float) and not isinstance(value, bool)}
    # Besides: how many classes there are, and how many of them are shown.
    classes = len(json.loads((run / "model/target.json").read_text())["classes"])
    ways = {rounded(value) for value in (*numbers, classes, 20, 50)}
    shown = prose(text)
    texts = {
        value for value in known if isinstance(value, str) and len(value) > 2 and not NUMBER.fullmatch(value)
    }
    seconds = json.loads((run / "summary.json").read_text())["seconds"]
    texts |= {"BLAKE2b", "SHA-256", in_words(seconds)}
    for one in sorted(texts, key=len, reverse=True):
        shown = shown.replace(one, " ")
    return [one for one in NUMBER.findall(shown) if one.rstrip(",") not in ways]


def html_of(text: str) -> list[str]:
    """The blocks of HTML in a card."""
    return [one.content for one in PARSER.parse(body(text)) if one.type == "html_block"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_whole_run(tmp_path / "flowers")


def test_every_number_is_a_field_of_a_file(run: Path) -> None:
    add_receipt(run)
    text = card(run)
    assert len(NUMBER.findall(prose(text))) > 80
    assert wrong_numbers(text, run) == []
    given = yaml.safe_load(text.split("\n---\n")[0])
    numbers = {value for value in documents(run) if isinstance(value, int | float)}
    of_front = re.findall(r"(?:value|low|high|examples): (\S+)", yaml.safe_dump(given))
    assert len(of_front) > 7
    assert {float(one) for one in of_front} <= numbers


def test_a_number_of_no_file_is_noticed(run: Path) -> None:
    text = card(run)
    for wrong in ("0.8626", "4,321 of them", "daisy 0.813"):
        assert wrong_numbers(text.replace("## Figures", f"{wrong}\n\n## Figures"), run) != []


def test_it_says_what_it_is_and_how_good(run: Path) -> None:
    shown = prose(card(run))
    for said in (
        "A model for image classification: it predicts classes. The 5 classes are daisy, dandelion, roses, sun",
        "It was fine-tuned from `google/vit` (`ViTModel`), revision `c0ffeec0ffeec0ffeec0ffeec0ffeec0ffee0000`.",
        "**`accuracy` 0.8625** (0.7704 to 0.9213; Wilson, 95 %) on 80 examples of `test`.",
        "| dandelion | 0.8235 | 0.8750 | 0.8485 | 16 |",
        "Weak at **roses**:",
        "**roses** was taken for **tulips** 3 times.",
        "Data, warning: 3 images of val are also in train.",
        "1 example was left out, as it could not be used.",
        "| weights | `apache-2.0` (`README.md`) |",
        "It ended 2026-08-01T12:00:00+00:00; the best epoch is 17 of 20; training took 4 min 22 s;",
        "| `freeze.name` | `lp-ft` |",
        "| torch | `2.14.1` |",
    ):
        assert said in shown
    assert "chosen by the same" not in shown
    assert "[More Information Needed]" not in shown
    assert shown.count(UNANSWERED) == 3


def test_a_figure_by_which_the_epoch_was_chosen_says_so(tmp_path: Path) -> None:
    run = make_whole_run(tmp_path / "run", outcomes=outcomes() | {"split": "val"})
    assert "of `val`. The best epoch was chosen by the same examples." in prose(card(run))


def test_answers_stay(run: Path) -> None:
    text = card(run)
    (run / "README.md").write_text(text.replace(UNANSWERED, "Gardens & *co*.", 1), encoding="utf-8")
    again = card(run)
    assert "<!-- answer:use -->\nGardens & *co*.\n<!--" in again
    assert again.count(UNANSWERED) == 2
    assert is_ours(again)
    assert again.replace("Gardens & *co*.", UNANSWERED) == text


def test_no_path_of_the_machine_is_in_it(run: Path) -> None:
    places = [{"severity": "error", "message": f"the same image: {run}/a.jpg and /home/Jo Doe/photos/b.jpg"}]
    (run / "findings.json").write_text(json.dumps({"version": 1, "findings": places}))
    text = card(run)
    assert "the same image: a.jpg and b.jpg" in text
    assert "source: photos" in text
    for path in ("/home", "Jo Doe", str(run.parent)):
        assert path not in text


def test_a_card_is_the_same_again(run: Path) -> None:
    assert card(run) == card(run)


def test_of_very_many_classes_the_weakest_are_shown(tmp_path: Path) -> None:
    many = [f"class {n}" for n in range(1_000)]
    rows = [{"class": one, "f1": n / 1_001, "support": 9} for n, one in enumerate(many)]
    large = outcomes() | {"per_class": rows, "confusion": {"classes": many, "counts": None}}
    run = make_whole_run(tmp_path / "run", outcomes=large)
    (run / "model/target.json").write_text(json.dumps({"kind": "single-label", "classes": many}))
    text = card(run)
    assert "The first 20 of 1,000 classes are class 0, class 1," in text
    assert "The 50 weakest of 1,000 classes." in text
    assert len(text) < 40_000
    assert wrong_numbers(text, run) == []


def test_a_run_without_most_of_its_files(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", outcomes=None, summary=None, environment=None, data=None, findings=None)
    assert "This run has not ended: 20 of 20 epochs are done." in card(run)
    (run / "experiment.yaml").write_text("x")
    (run / "metrics.jsonl").unlink()
    assert "A model for a task that is not known." in card(run)
    with pytest.raises(RunError, match="does not exist"):
        card(tmp_path / "nothing")


def test_a_network_that_began_with_nothing(tmp_path: Path) -> None:
    ended = summary() | {"backbone": "torchvision/mobilenet_v2@none"}
    shown = prose(card(make_run(tmp_path / "run", summary=ended)))
    assert "The network is `torchvision/mobilenet_v2`, trained from random weights." in shown
    assert "| weights | none: it was trained from random weights |" in shown
    ended = summary() | {"backbone": "torchvision/mobilenet_v2@IMAGENET1K_V2"}
    shown = prose(card(make_run(tmp_path / "other", summary=ended)))
    assert "fine-tuned from `torchvision/mobilenet_v2`, with the weights `IMAGENET1K_V2`." in shown


ATTACK = "<img src=x onerror=alert(1)>\u202e\x1b[2J'\" [a](http://x) | `b` <!-- answer:use -->\n# c\n- d"


def test_names_and_texts_are_inert_wherever_they_come_from(tmp_path: Path) -> None:
    mean = [ATTACK, *CLASSES[1:]]
    documents: dict[str, Any] = {
        "outcomes": outcomes(mean) | {"split": ATTACK, "data": {ATTACK: 3}},
        "summary": summary() | {"stopped": ATTACK, "backbone": ATTACK, "metric": ATTACK},
        "findings": {"version": 1, "findings": [{"message": ATTACK, "severity": "error"}]},
        "environment": {"device": ATTACK, "packages": {ATTACK: ATTACK}},
        "experiment": f"{json.dumps(ATTACK)}: 1\ntask: {json.dumps(ATTACK)}\nfreeze: {{name: {json.dumps(ATTACK)}}}\n",
        "data": {ATTACK: {"examples": 3, "digest": ATTACK}},
        "origin": {"version": 1, "data": {"licence": {"id": ATTACK, "stated_in": ATTACK, "link": ATTACK}}},
    }
    documents["outcomes"]["figures"][ATTACK] = {"value": 0.5, "low": 0.4, "high": 0.6, "interval": ATTACK}
    honest, hostile = (
        make_whole_run(tmp_path / "a"),
        make_whole_run(tmp_path / "<b>[b](c)", mean, **documents),
    )
    (hostile / "model/config.json").write_text(json.dumps({"architectures": [ATTACK]}))
    text = card(hostile)
    assert tokens(body(text)) <= tokens(body(card(honest))) | {"s_open"}
    assert {"link_open", "image"}.isdisjoint(tokens(body(text)))
    # All but the last one, which is the seal.
    assert html_of(text)[:-1] == html_of(card(honest))[:-1]
    assert not set(text) & set("\x1b\u202e")
    assert text.count("<!-- answer:use -->") == 1
