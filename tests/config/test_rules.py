"""What keys must be together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.loading import SHORT, mistakes


@pytest.mark.parametrize(
    ("data", "mistake"),
    [
        ("{batch_size: 1}", "x.yaml:2: data: needs source or train: where the examples are"),
        ("[a]", "x.yaml:2: data: should be a source, or a mapping with source, train"),
        ("", "x.yaml:2: data: should be a source, or a mapping"),
        ("{source: }", "x.yaml:2: data: needs source or train"),
        ("{sorce: a}", "x.yaml:2: data.sorce: no such key. Did you mean 'source'?"),
        ("{train: a, val: 1}", "x.yaml:2: data.val: a fraction is between 0 and 1, not 1"),
        ("{train: a, test: -0.1}", "x.yaml:2: data.test: a fraction is between 0 and 1, not -0.1"),
        ("{train: a, val: 0.5, test: 0.5}", "data.test: val (0.5) and test (0.5) together leave nothing"),
        ("{train: a, val: [b]}", "data.val: should be a string or a number, not a list"),
        ("{train: a, classes: cat}", "data.classes: should be a list of strings, not 'cat'; write [cat]"),
        ("{train: a, classes: []}", "data.classes: is an empty list"),
        ("{train: a, classes: [a, b, a]}", "data.classes: names 'a' more than once"),
        ("{train: a, classes: [a, [b]]}", "x.yaml:2: data.classes[1]: should be a string, not a list"),
        ("{train: a, classes: [null]}", "data.classes[0]: should be a string, not null"),
        (
            "{train: a, augment: flips}",
            "data.augment: should be one of none, light, flip, standard, not 'flips'.",
        ),
        ("{train: a, batch_size: 0}", "data.batch_size: should be at least 1, not 0"),
    ],
)
def test_wrong_data(tmp_path: Path, data: str, mistake: str) -> None:
    found = mistakes(tmp_path, SHORT.replace("cifar10", data))
    assert len(found) == 1, found
    assert mistake in found[0]


def test_what_is_required(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "model: {weights: none}") == [
        "x.yaml:1: data: is required: a source, such as a folder, or a mapping with source or train",
        "x.yaml:1: model.backbone: is required: torchvision/NAME, or a Hugging Face id or folder",
        "x.yaml:1: task: is required: one of image-classification, text-classification",
    ]
