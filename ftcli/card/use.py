"""How a model is used: a few lines that run as they are, in the folder around that of the run, or in an export."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from ftcli.card.facts import Facts
from ftcli.card.hub import TASKS
from ftcli.card.markdown import Markdown, blocks, fenced, heading, text
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT

# By what goes in: an input of the reader's own.
_SAMPLES: Mapping[str, str] = {
    IMAGE.name: "photo.jpg",
    AUDIO.name: "sound.wav",
    TEXT.name: "a text of your own",
}
_PAIR = "another text"
_GAPS = "fill-mask"
# Without it a pipeline ends with an error at a text that is longer than the network takes.
_OPTIONS: Mapping[str, str] = {"text-classification": ", truncation=True"}


def section(facts: Facts) -> Markdown:
    """The section; nothing for a task that is not known."""
    row = TASKS.get(facts.run.task)
    if row is None:
        return Markdown()
    sample = _SAMPLES[row.takes.name]
    if row.pipeline == _GAPS and facts.exported is not None:
        sample = f"a text of your {facts.exported.mask}"
    given = {row.takes.name: sample}
    if facts.run.settings.get("data.text_pair", "null") != "null":
        given["text_pair"] = _PAIR
    if facts.kind is not None and facts.kind.speakers and facts.known.classes:
        given["speaker"] = facts.known.classes[0]
    shown = _exported(facts, sample, given) if facts.exported is not None else _run(facts, sample, given)
    return blocks(heading("How to use it"), *shown)


def _run(facts: Facts, sample: str, given: Mapping[str, str]) -> list[Markdown]:
    run = facts.run.name if facts.run.name.isprintable() else "RUN"
    python = (
        "from ftcli import Predictor\n\n"
        f"predictor = Predictor.open({_quoted(run)})\n"
        f"for row in predictor.predict([{_quoted(given)}])[0].rows():\n"
        "    print(row)"
    )
    found = [text("In the folder around this one, with ftcli installed:")]
    # A pair of texts is a row of a table.
    if len(given) == 1:
        found.append(fenced(shlex.join(["ftcli", "predict", run, sample]), "sh"))
    return [*found, fenced(python, "python")]


def _exported(facts: Facts, sample: str, given: Mapping[str, str]) -> list[Markdown]:
    """How to use the folder of an export: each has a predict.py, and transformers knows some."""
    assert facts.exported is not None
    found = [text("In this folder, without ftcli:")]
    # Sounds it reads by ffmpeg, which may be missing.
    if facts.exported.pipeline and len(given) == 1 and AUDIO.name not in given:
        pipeline = (
            "from transformers import pipeline\n\n"
            f'predict = pipeline({_quoted(facts.exported.pipeline)}, model=".")\n'
            f"print(predict({_quoted(sample)}{_OPTIONS.get(facts.exported.pipeline, '')}))"
        )
        found.append(fenced(pipeline, "python"))
    python = f"from predict import predict\n\nfor row in predict([{_quoted(given)}])[0]:\n    print(row)"
    if len(given) == 1:
        found.append(fenced(shlex.join(["python", "predict.py", sample]), "sh"))
    return [*found, fenced(python, "python")]


def _quoted(value: str | Mapping[str, str]) -> str:
    """As Python has it, and JSON: in double quotes."""
    return json.dumps(value, ensure_ascii=False)
