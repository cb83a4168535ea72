"""The blocks of code in a card run as they are, on the files that they name."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftcli.card import use
from ftcli.card.card import card
from ftcli.card.facts import read_facts
from ftcli.card.hub import TASKS
from ftcli.runs.train import train
from tests.card.making import make_whole_run
from tests.report.making import YAML, make_run, write_json
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

BLOCK = re.compile(r"^```(?P<language>sh|python)\n(?P<code>.*?)\n```$", re.DOTALL | re.MULTILINE)
IMAGES = (
    "task: image-classification\ndata: {source: photos, val: 0.5, image_size: 32}\nfreeze: backbone\noutput: run\n"
    "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 1, device: cpu}\n"
)
PAIRS = (
    "task: text-classification\nmodel: bert\noutput: 'a \"run\"'\ntraining: {epochs: 1, device: cpu}\n"
    "data: {train: pairs.csv, val: 0.25, text: text, text_pair: other, label: label, max_length: 16}\n"
)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    for found in BLOCK.finditer(text):
        assert len(found["code"].splitlines()) <= 5
        yield found["language"], found["code"]


def run_python(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


def test_the_code_of_a_card_runs_on_images(
    ftcli: Command, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_data.class_folders(workplace / "photos")
    (workplace / "my.yaml").write_text(IMAGES)
    run = train("my.yaml")
    shutil.copy(next((workplace / "photos").glob("*/*")), "photo.jpg")
    found = dict(blocks((run / "README.md").read_text()))
    assert found.keys() == {"sh", "python"}
    command, *arguments = shlex.split(found["sh"])
    assert command == "ftcli"
    assert "label" in ftcli.ok(*arguments)
    capsys.readouterr()
    run_python(found["python"])
    assert "'probability'" in capsys.readouterr().out


def test_the_code_of_a_card_runs_on_pairs_of_texts(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row | {"other": "and more"} for row in tiny_data.reviews(12)]
    tiny_data.table(workplace / "pairs.csv", rows)
    tiny_models.bert(workplace / "bert")
    (workplace / "my.yaml").write_text(PAIRS)
    run = train("my.yaml")
    ((language, code),) = blocks((run / "README.md").read_text())
    assert language == "python"
    capsys.readouterr()
    run_python(code)
    assert "'label'" in capsys.readouterr().out


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_code_that_is_python(task: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "it's", experiment=f"task: {task}\n")
    found = dict(blocks(use.section(read_facts(run))))
    ast.parse(found["python"])
    assert shlex.split(found["sh"])[:3] == ["ftcli", "predict", "it's"]
    assert TASKS[task].takes.name in found["python"]


def test_a_speaker_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", experiment="task: speech-synthesis\n")
    write_json(run / "model/target.json", {"kind": "speech", "classes": ['Ann "A"', "Bo"]})
    ((language, code),) = blocks(use.section(read_facts(run)))
    assert language == "python"
    assert json.dumps({"text": "a text of your own", "speaker": 'Ann "A"'}) in code


@pytest.mark.parametrize("pipeline", [False, True])
def test_an_export_is_used_without_ftcli(pipeline: bool, tmp_path: Path) -> None:
    run, folder = make_whole_run(tmp_path / "flowers"), tmp_path / "hf"
    write_json(folder / "export.json", {"version": 1, "format": "hf"})
    write_json(folder / "config.json", {})
    write_json(folder / "settings.json", {"pipeline": "image-classification" if pipeline else None})
    text = card(run, folder)
    assert "# flowers (hf)" in text
    assert "ftcli predict" not in text
    codes = [code for language, code in blocks(text) if language == "python"]
    wanted = 'pipeline("image-classification", model=".")'
    assert (wanted in codes[0]) == pipeline
    assert 'predict([{"image": "photo.jpg"}])[0]' in codes[-1]
    for code in codes:
        ast.parse(code)
    assert "library_name: transformers" in text
    assert ("sh", "python predict.py photo.jpg") in blocks(text)


def test_a_pipeline_is_called_so_that_it_works(tmp_path: Path) -> None:
    for task, pipeline, wanted in [
        ("text-classification", "text-classification", 'predict("a text of your own", truncation=True)'),
        ("masked-language-modelling", "fill-mask", 'predict("a text of your [MASK]")'),
    ]:
        run, folder = make_run(tmp_path / task, experiment=f"task: {task}\n"), tmp_path / pipeline
        write_json(folder / "config.json", {})
        write_json(folder / "settings.json", {"pipeline": pipeline})
        write_json(folder / "tokenizer_config.json", {"mask_token": "[MASK]"})
        codes = [
            code for language, code in blocks(use.section(read_facts(run, folder))) if language == "python"
        ]
        assert wanted in codes[0]


def test_a_task_that_is_not_known_has_no_code(tmp_path: Path) -> None:
    assert use.section(read_facts(make_run(tmp_path / "run", experiment=YAML.replace("image-", "x")))) == ""
