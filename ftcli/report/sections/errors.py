"""The worst errors: a picture or the text of each, with what is true and what was predicted."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from ftcli.report.checked import Label, Number
from ftcli.report.markup import Html, element, figure, joined, name, probability
from ftcli.report.outcomes import Mistaken
from ftcli.report.run import Run

# Characters of a label: below a picture, and elsewhere.
_LONGEST_BESIDE, _LONGEST = 80, 400


def section(runs: Sequence[Run]) -> Html | None:
    """The errors of one run. Of several runs, `comparing` shows where they differ."""
    outcomes = runs[0].outcomes
    if len(runs) > 1 or outcomes is None or not outcomes.errors:
        return None
    pictured = any(one.picture for one in outcomes.errors)
    sure = any(one.true_probability is not None for one in outcomes.errors)
    score = [" Score: ", outcomes.score, "."] if outcomes.score and not sure else None
    return element(
        "section",
        element("h2", "Worst errors"),
        element("p", "Confident mistakes first." if sure else "The worst first.", score, class_="note"),
        element(
            "div", [_card(one) for one in outcomes.errors], class_="cards" if pictured else "cards texts"
        ),
        id="errors",
    )


def _card(one: Mistaken) -> Html:
    doubt = element("p", "label may be wrong", class_="doubt") if one.doubtful else None
    body = element("blockquote", one.text, dir="auto") if one.text else None
    most = _LONGEST_BESIDE if one.picture is not None else _LONGEST
    rows = [
        _row("true", one.true, one.true_probability, most),
        _row("said", one.predicted, one.probability, most),
    ]
    score = None
    if one.score is not None and one.probability is None:
        score = element("p", "score ", figure(one.score), class_="note")
    # The id of a text is the text, or how it begins.
    named = one.id and not (one.text or "").startswith(one.id.rstrip(".…"))
    id_ = (
        element(
            "p", "example " if one.id.isdecimal() else None, element("code", name(one.id, 120)), class_="id"
        )
        if named
        else None
    )
    content = element("figcaption", body, element("dl", rows), score, doubt, id_)
    return element("figure", _picture(one), content, class_="card")


def _picture(one: Mistaken) -> Html | None:
    if one.picture is None:
        return None
    data = base64.b64encode(one.picture).decode("ascii")
    alt = f"{one.id}: true {label_text(one.true)}, predicted {label_text(one.predicted)}"
    return element("img", src=f"data:image/jpeg;base64,{data}", alt=alt)


def _row(term: str, value: Label, likelihood: Number | None, most: int) -> Html:
    likely = element("span", probability(likelihood), class_="p") if likelihood is not None else None
    return element("div", element("dt", term), element("dd", label(value, most), likely), class_=term)


def label(value: Label, most: int = _LONGEST) -> Html:
    """What is true or predicted, cut after `most` characters."""
    if isinstance(value, tuple):
        return joined(
            [[", " if index else "", label(one, most)] for index, one in enumerate(value)]
        ) or joined("none")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return figure(value)
    shown = label_text(value)
    return name(shown, most) if shown else element("span", "nothing", class_="none")


def label_text(value: Label) -> str:
    """The same as a text."""
    if isinstance(value, tuple):
        return ", ".join(map(label_text, value)) or "none"
    return "none" if value is None else str(value)
