"""The worst errors, of every kind of target."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ftcli.report.checked import Label
from ftcli.report.run import read_run
from ftcli.report.sections.errors import label_text, section
from tests.report.making import make_run, outcomes
from tests.report.reading import parsed, text_of


def test_a_card_has_the_picture_what_is_true_and_what_was_said(tmp_path: Path) -> None:
    path = make_run(tmp_path / "a", pictures=1)
    found = section([read_run(path)])
    assert found is not None
    (image,) = parsed(found).all("img")
    content = base64.b64encode((path / "errors/001.jpg").read_bytes()).decode()
    assert image.attributes["src"] == f"data:image/jpeg;base64,{content}"
    assert image.attributes["alt"] == "daisy/1031_n.jpg: true daisy, predicted dandelion"
    first = text_of(parsed(found).all("figure")[0].text)
    assert first.startswith("truedaisy0.03saiddandelion0.95label may be wrong")
    assert found.count("label may be wrong") == 2


@pytest.mark.parametrize(
    ("true", "said", "shown"),
    [
        (3.25, 4.5, "true3.2500said4.5000"),
        (["a", "b"], [], "truea, bsaidnone"),
        ("he said", "she said", "truehe saidsaidshe said"),
        (None, {"x": 1}, "truenonesaid{'x': 1}"),
    ],
)
def test_any_kind_of_target(true: Any, said: Any, shown: str, tmp_path: Path) -> None:
    error = {
        "row": 0,
        "id": "row 1",
        "true": true,
        "predicted": said,
        "probability": None,
        "true_probability": None,
    }
    error |= {"score": -1.25, "doubtful": False, "picture": None, "text": "the input\nof two lines"}
    changed = outcomes() | {"errors": [error], "score": "minus the absolute error"}
    found = section([read_run(make_run(tmp_path / "a", outcomes=changed))])
    assert found is not None
    assert "Score: minus the absolute error." in text_of(found)
    assert f"{shown}score -1.2500" in text_of(found)
    assert parsed(found).all("blockquote")[0].text == "the input\nof two lines"


@pytest.mark.parametrize(
    ("value", "text"), [((), "none"), (("a", 2), "a, 2"), (None, "none"), (True, "True")]
)
def test_labels_as_texts(value: Label, text: str) -> None:
    assert label_text(value) == text


def test_without_errors_there_is_no_section(tmp_path: Path) -> None:
    assert section([read_run(make_run(tmp_path / "a", outcomes=outcomes() | {"errors": []}))]) is None
