"""Classes of images, texts and sounds: the same but for what goes in."""

from __future__ import annotations

import pytest

from ftcli.contracts import Target
from ftcli.tasks.classification import AudioClassification, ImageClassification, TextClassification
from ftcli.tasks.inputs import ENCODERS
from ftcli.tasks.targets.labels import MultiLabelCodec, SingleLabelCodec
from tests.tasks.cases import made

ALL = (AudioClassification, ImageClassification, TextClassification)


@pytest.mark.parametrize("task", ALL)
def test_each_reads_its_own_inputs(task: type) -> None:
    assert task.wants == "category"  # type: ignore[attr-defined]
    assert task.encoder in ENCODERS  # type: ignore[attr-defined]
    assert len({one.inputs for one in ALL}) == len({one.encoder for one in ALL}) == 3


def test_one_class_or_any_number_each_by_the_kind_of_target() -> None:
    one = made("image-classification")
    assert isinstance(one._targets, SingleLabelCodec)
    several = Target("multi-label", ("ant", "bee"), (1, 1), 2)
    many = ImageClassification(several, one._inputs.preprocess, one.head, one._loss)
    assert isinstance(many._targets, MultiLabelCodec)
