"""What the README says is true: its YAML loads, its commands exist, its error message is the real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ftcli.config.load import load_experiment
from ftcli.runs.names import NAMES
from tests.running import Command

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
YAML = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("number", range(len(YAML)))
def test_its_yaml_loads(number: int, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(YAML[number], encoding="utf-8")
    assert load_experiment(tmp_path / "x.yaml", names=NAMES).task in NAMES["task"]


def test_its_targets_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^make ([a-z]+)", README, flags=re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_its_answer_to_a_mistake_is_the_real_one(ftcli: Command, workplace: Path) -> None:
    block = re.search(r"```\n(my\.yaml:\d.*?)```", README, flags=re.DOTALL)
    assert block is not None
    (workplace / "my.yaml").write_text(
        "task: image-classification\ndata: digits\nmodel: {backbone: torchvision/resnet18, weights: none}\n"
        "training: {epocs: 3}\n"
    )
    assert ftcli.refused("train", "my.yaml").strip() == block[1].splitlines()[0]
    (workplace / "my.yaml").write_text(
        "task: image-classification\ndata: digits\nmodel: {backbone: torchvision/resnet18, weights: none}\n"
        "\noptimizer: {name: adamw, momentum: 0.9}\n"
    )
    assert ftcli.refused("train", "my.yaml").strip() == block[1].splitlines()[1]


def test_its_first_screen_is_short() -> None:
    before = README.partition("\n## Install\n")[0]
    assert len(before.split()) <= 350
    assert "images/screen.svg" in before
    assert "images/report.png" in before
