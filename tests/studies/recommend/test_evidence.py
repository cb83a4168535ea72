"""Evidence of made-up features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ftcli.contracts import Target
from ftcli.errors import EvidenceError
from ftcli.metrics.confusion import Confusion
from ftcli.runs.probing.features import KeptFeatures
from ftcli.studies.recommend import evidence as module
from ftcli.studies.recommend.evidence import components, judge

CLASSES = Target("single-label", classes=("a", "b"))
Numbers = NDArray[np.float64]


def kept(
    features: Numbers, targets: NDArray[np.generic], examples: NDArray[np.int64] | None = None
) -> KeptFeatures:
    where = np.arange(len(features)) if examples is None else examples
    return KeptFeatures(features.astype(np.float32), targets, where)


def made_up(apart: float, size: int = 60, seed: int = 0) -> tuple[Numbers, NDArray[np.int64]]:
    labels = np.arange(size) % 2
    features = np.random.default_rng(seed).normal(size=(size, 4))
    features[:, 0] += apart * labels
    return features, labels


def test_features_that_tell_more_have_more_of_every_measure() -> None:
    groups = np.arange(60)
    near, far = (judge(kept(*made_up(apart)), CLASSES, groups) for apart in (0.5, 4.0))
    for name, value in far.measures().items():
        assert value is not None
        assert value > (near.measures()[name] or 0)
    assert far.figure == "accuracy"
    assert far.value > 0.9
    assert 0 < far.error < 0.1
    assert len(far.scores) == 60
    assert far.h_score is not None


def test_labels_without_a_meaning_are_at_chance() -> None:
    features, labels = made_up(4.0, 200)
    found = judge(kept(features, np.random.default_rng(3).permutation(labels)), CLASSES, np.arange(200))
    assert abs(found.value - 0.5) < 0.12


def test_words_of_one_text_are_one_score() -> None:
    features, labels = made_up(4.0)
    found = judge(kept(features, labels, np.repeat(np.arange(20), 3)), CLASSES, np.arange(20))
    assert len(found.scores) == 20
    assert found.chance == 0.5
    assert set(np.round(np.asarray(found.scores) * 3, 4)) <= {0.0, 1.0, 2.0, 3.0}


def test_rare_tags_count_as_much_as_the_tag_of_most_words() -> None:
    """95 of 100 words are "O", so the accuracy says little; the network that finds the others is the better one."""
    generator = np.random.default_rng(1)
    labels = (generator.random(400) < 0.05).astype(np.int64)
    apart = generator.normal(size=(400, 4))
    apart[:, 0] += 6 * labels
    examples, groups = np.arange(400) // 4, np.arange(100)
    finds, none = (
        judge(kept(features, labels, examples), CLASSES, groups, figure="token_f1_macro")
        for features in (apart, generator.normal(size=(400, 4)))
    )
    assert finds.value > 0.9
    assert none.value < 0.6
    assert finds.chance == pytest.approx(none.value, abs=0.1)
    assert (finds.nearest or 0) > (none.nearest or 0) + 0.2
    assert finds.measures()["probe"] > none.measures()["probe"]
    metric = Confusion(CLASSES.classes)
    metric.update(torch.from_numpy(np.eye(2)[np.zeros(400, dtype=int)]), torch.from_numpy(labels))
    assert finds.chance == pytest.approx(metric.compute()["f1_macro"])


def test_a_copy_does_not_vote_for_its_like() -> None:
    generator = np.random.default_rng(0)
    features, labels = (
        np.repeat(generator.normal(size=(60, 4)), 2, axis=0),
        np.repeat(generator.permutation(60) % 2, 2),
    )
    together, apart = (
        judge(kept(features, labels), CLASSES, groups) for groups in (np.arange(120) // 2, np.arange(120))
    )
    assert together.nearest is not None
    assert apart.nearest is not None
    assert together.nearest < apart.nearest


def test_numbers_are_explained_or_not() -> None:
    features, _ = made_up(0.0)
    target = Target("number")
    told = judge(kept(features, features[:, 0].astype(np.float32)), target, np.arange(60))
    assert told.figure == "r2"
    assert told.value > 0.95
    assert told.nearest is None
    assert judge(kept(features, np.random.default_rng(5).normal(size=60)), target, np.arange(60)).value < 0.2


def test_labels_of_which_each_example_has_any_number() -> None:
    features, _ = made_up(0.0, 100)
    labels = (features[:, :2] > 0).astype(np.float32)
    target = Target("multi-label", classes=("a", "b"))
    found = judge(kept(features, labels), target, np.arange(100), figure="f1_macro")
    assert found.figure == "f1_macro"
    assert found.value > 0.8
    assert found.value == pytest.approx(np.mean(found.scores))
    assert "nearest" not in found.measures()
    exact = judge(kept(features, labels), target, np.arange(100), figure="exact_match")
    assert set(np.round(exact.scores, 5)) == {0.0, 1.0}


def test_what_cannot_be_judged_is_said() -> None:
    features, labels = made_up(1.0)
    broken = features.copy()
    broken[3, 1] = np.nan
    with pytest.raises(EvidenceError, match="not finite"):
        judge(kept(broken, labels), CLASSES, np.arange(60))
    with pytest.raises(EvidenceError, match="one class"):
        judge(kept(features, np.zeros(60, dtype=np.int64)), CLASSES, np.arange(60))
    with pytest.raises(EvidenceError, match=r"all numbers|same|vary"):
        judge(kept(features, np.ones(60, dtype=np.float32)), Target("number"), np.arange(60))


@pytest.mark.parametrize("size", [20, 60])
def test_components_keep_what_wide_features_hold(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WIDEST", 30)
    monkeypatch.setattr(module, "_COMPONENTS", 8)
    generator = np.random.default_rng(0)
    wide = generator.normal(size=(size, 5)) @ generator.normal(size=(5, 40))
    narrow = components(wide)
    assert narrow.shape == (size, 5)
    centred = wide - wide.mean(axis=0)
    assert np.allclose(narrow @ narrow.T, centred @ centred.T, atol=1e-6)
    assert components(wide[:, :9]).shape == (size, 9)
