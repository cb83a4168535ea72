"""The page in a real browser: its own script uploads, and shows the answer; hostile names stay texts."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ftcli import Predictor
from ftcli.contracts import Example
from ftcli.report.look import STYLE
from ftcli.ship.serving import start
from ftcli.ship.serving.answers import answer, file_of_type, file_type
from ftcli.ship.serving.page import _SCRIPT, POLICY, Page
from ftcli.tasks.targets.boxes import BoxesPrediction, DetectedBox
from ftcli.tasks.targets.masks import Legend, MaskPrediction
from tests.report.browser import needed
from tests.ship.serving.browser import driven, measured, opened
from tests.ship.serving.conftest import HOSTILE
from tests.ship.serving.running import running

WIDTHS = (390, 1280)


def with_script(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Pages have a second script."""
    made: Callable[..., Page] = start.page
    monkeypatch.setattr(start, "page", lambda *given, **more: driven(made(*given, **more), script))


@needed
@pytest.mark.parametrize("width", WIDTHS)
def test_a_file_is_uploaded_and_answered(
    trained: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: int
) -> None:
    content = base64.b64encode(photos[0].read_bytes()).decode()
    with_script(monkeypatch, f"""
      const bytes = Uint8Array.from(atob("{content}"), (one) => one.charCodeAt(0));
      await predict([new File([bytes], "<b>a.png", {{ type: "image/png" }}), new File(["x"], "b.png")]);
      const cards = [...document.querySelectorAll("article")];
      return {{
        state: state.textContent, wide: document.documentElement.scrollWidth, shown: innerWidth,
        heads: cards.map((one) => one.querySelector("h2").textContent),
        failed: document.querySelector(".failed").textContent,
        said: document.querySelector(".said").textContent,
        chances: [...document.querySelectorAll(".chances li")].map((one) => one.textContent),
        markup: document.querySelectorAll("#answers b, img[onerror]").length,
      }};
    """)  # fmt: skip
    with running(Predictor.open(trained / "images")) as server:
        address = f"http://127.0.0.1:{server.port}"
        found = opened(f"{address}/", tmp_path, width=width)
        row = server.predictor.predict([{"image": photos[0]}])[0].rows()[0]
    seen = measured(found)
    assert set(found.requests) == {f"{address}/", f"{address}/predict?pictures=1"}
    # Chromium reports the refusal of the broken file; nothing else is reported.
    assert [line for line in found.console if "status of 422" not in line] == []
    assert seen["heads"] == ["b.png", "<b>a.png"]
    assert seen["state"] == "1 answer, 1 failed."
    assert "the image is not an image of a known format" in seen["failed"]
    assert seen["said"] == row["label"]
    assert {f"{name}{row[f'p({name})']:.3f}" for name in ("blue", HOSTILE)} == set(seen["chances"])
    assert seen["markup"] == 0
    assert seen["wide"] <= seen["shown"] == width


@needed
def test_a_text_is_sent_and_answered_in_the_dark(
    trained: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_script(monkeypatch, """
      document.querySelector("textarea").value = "a good film <i>";
      form.requestSubmit();
      while (!document.querySelector("article")) await new Promise((done) => setTimeout(done, 20));
      return [answers.innerText, getComputedStyle(document.documentElement).backgroundColor,
        document.querySelector("#status").getAttribute("role"), document.querySelector("label").textContent];
    """)  # fmt: skip
    with running(Predictor.open(trained / "texts")) as server:
        found = opened(f"http://127.0.0.1:{server.port}/", tmp_path, dark=True)
        label = server.predictor.predict([{"text": "a good film <i>"}])[0].label
    shown, colour, role, words = measured(found)
    assert found.console == []
    assert "a good film <i>" in shown
    assert label in shown
    assert (colour, role, words) == ("rgb(21, 24, 28)", "status", "Text")


def test_the_policy_allows_what_is_in_the_page_and_nothing_else() -> None:
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert len(_SCRIPT.splitlines()) <= 160
    assert "innerHTML" not in _SCRIPT
    assert "--c0" in STYLE


def test_a_folder_of_this_machine_is_not_shown(tmp_path: Path) -> None:
    assert start.shown_model(str(tmp_path)) == tmp_path.name
    assert start.shown_model("torchvision/resnet18") == "torchvision/resnet18"


# ---------------------------------------------------------------------------------------- files of an answer


def photo(width: int = 40, height: int = 30) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 200, dtype=np.uint8)).save(content, "PNG")
    return content.getvalue()


def test_a_mask_is_a_file_in_the_values_of_the_data_and_a_picture_with_its_colours() -> None:
    mask = np.array([[0, 1], [1, 1]], dtype=np.uint8)
    legend = Legend(("ground", "sky"), (7, 9))
    one = MaskPrediction("a", "sky", None, {"ground": 0.25, "sky": 0.75}, mask, legend)
    example = Example("a", {"image": photo()})
    found = answer(Path("/x/run/checkpoints/epoch-0001"), [example], [one], pictures=True)
    assert found["checkpoint"] == "run/checkpoints/epoch-0001"
    assert found["predictions"] == one.rows()
    file = found["files"][0]
    assert (file["id"], file["name"], file["type"]) == ("a", ".mask.png", "image/png")
    values = np.asarray(Image.open(io.BytesIO(base64.b64decode(file["base64"]))))
    assert values.shape == (30, 40)
    assert sorted(set(values.reshape(-1).tolist())) == [7, 9]
    assert file_of_type("image/png", example, one) == base64.b64decode(file["base64"])
    assert set(found["colours"]) == {"ground", "sky"}
    assert found["pictures"][0]["type"] == "image/jpeg"
    json.dumps(found)


def test_boxes_are_drawn_where_a_picture_is_wanted() -> None:
    box = DetectedBox("cell", 0.9, (2.0, 3.0, 20.0, 25.0))
    one = BoxesPrediction("a", ("cell",), 0.9, {}, (box,), ("cell",))
    example = Example("a", {"image": photo(3000, 2000)})
    found = answer(Path("x"), [example], [one], pictures=True)
    assert "files" not in found
    shown = Image.open(io.BytesIO(base64.b64decode(found["pictures"][0]["base64"])))
    assert max(shown.size) == 1024
    whole = Image.open(io.BytesIO(file_of_type("image/png", example, one)))
    assert whole.size == (3000, 2000)
    nothing = replace(one, label=(), boxes=(), probability=None)
    assert answer(Path("x"), [example], [nothing])["predictions"][0]["label"] is None
    assert Image.open(io.BytesIO(file_of_type("image/png", example, nothing))).size == (3000, 2000)


def test_types_of_files() -> None:
    assert [file_type(name) for name in (".mask.png", ".wav")] == ["image/png", "audio/wav"]


def test_samples_of_speech_are_a_wav_file() -> None:
    import soundfile
    import torch

    from ftcli.tasks.targets.speech import SpeechPrediction

    one: Any = SpeechPrediction("a", "hello", None, {}, None, 0.1, 16_000, torch.zeros(1600))
    content = file_of_type("audio/wav", Example("a", {"text": "hello"}), one)
    samples, rate = soundfile.read(io.BytesIO(content))
    assert (len(samples), rate) == (1600, 16_000)
