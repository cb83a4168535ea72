"""Features of a whole backbone: those that the head gets, whether they are kept or not, of images, texts and words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ftcli.config.load import load_experiment
from ftcli.models.freezing import cut
from ftcli.models.freezing.inference_form import inference_form
from ftcli.runs.batches import open_batches
from ftcli.runs.caching import Caching
from ftcli.runs.names import NAMES
from ftcli.runs.probing.features import MOST_UNITS, KeptFeatures, whole_features
from ftcli.runs.session import Session, prepare
from tests.tiny import data, models
from tests.tiny.tags import conll, tagged


def photos(workplace: Path, *overrides: str) -> Session:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    text = (
        "{task: image-classification, data: {source: photos, image_size: 32, batch_size: 4}, "
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}, training: {device: cpu, epochs: 2}}"
    )
    return opened(workplace, text, *overrides)


def opened(workplace: Path, text: str, *overrides: str) -> Session:
    path = workplace / "x.yaml"
    path.write_text(text)
    return prepare(load_experiment(path, overrides, names=NAMES))


def heads_inputs(session: Session) -> list[torch.Tensor]:
    """What the head of the whole network gets, batch by batch."""
    seen: list[torch.Tensor] = []
    handle = session.model.get_submodule("head").register_forward_pre_hook(
        lambda _, args: seen.append(args[0])
    )
    caching = Caching(
        session.experiment, session.task, session.backbone, session.model, session.precision, [0]
    )
    session.model.eval()
    with torch.no_grad():
        for batch in open_batches(caching, session.splits.train).epoch(0):
            session.model(**batch.inputs)
    handle.remove()
    return seen


def test_they_are_what_the_head_gets(workplace: Path) -> None:
    session = photos(workplace, "data.augment=flip")
    random = torch.get_rng_state()
    found = whole_features(session, session.splits.train)
    assert session.model.cut is None
    assert torch.equal(random, torch.get_rng_state())
    assert found.reason is None
    assert found.features.dtype == np.float32
    expected = torch.cat(heads_inputs(photos(workplace, "data.augment=none"))).numpy()
    assert found.examples.tolist() == list(range(len(session.splits.train)))
    assert [session.splits.target.classes[one] for one in found.targets] == list(
        session.splits.train.targets()
    )
    np.testing.assert_allclose(found.features, expected, rtol=1e-4, atol=1e-5)


def test_all_splits_are_computed_in_the_form_that_the_same_examples_decide(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training features were in bf16 and those of validation in float32, where only some examples came near."""
    session = photos(workplace, "data.cache=none", "training.precision=bf16")
    samples: list[torch.Tensor] = []

    def formed(module: Any, sample: Any, *rest: Any, **options: Any) -> Any:
        samples.append(sample["pixels"])
        return inference_form(module, sample, *rest, **options)

    monkeypatch.setattr(cut, "inference_form", formed)
    assert session.splits.val is not None
    whole_features(session, session.splits.train)
    whole_features(session, session.splits.val)
    whole_features(session, session.splits.train, indices=[5, 7])
    assert len(samples) == 3
    assert all(torch.equal(samples[0], one) for one in samples)


def test_kept_or_not_they_have_the_same_bits_and_are_computed_once(workplace: Path) -> None:
    watched: list[tuple[int, int]] = []

    def computed(*overrides: str) -> KeptFeatures:
        session = photos(workplace, *overrides)
        return whole_features(
            session, session.splits.train, watch=lambda done, total: watched.append((done, total))
        )

    first, again, unkept = computed(), computed(), computed("data.cache=none")
    assert first.features.tobytes() == again.features.tobytes() == unkept.features.tobytes()
    # The second found all of them.
    assert watched == [(12, 12), (12, 12)]


def test_some_examples(workplace: Path) -> None:
    session = photos(workplace)
    whole = whole_features(session, session.splits.train)
    some = whole_features(session, session.splits.train, indices=[7, 2])
    assert some.examples.tolist() == [2, 7]
    np.testing.assert_array_equal(some.features, whole.features[[2, 7]])


def test_the_mean_over_layers(workplace: Path) -> None:
    data.table(workplace / "reviews.csv", data.reviews(6))
    text = (
        "{task: text-classification, data: {train: reviews.csv, val: none, text: text, label: label}, "
        "model: NET, training: {device: cpu, precision: fp32}}"
    )
    session = opened(workplace, text.replace("NET", str(models.bert(workplace / "net"))))
    last = whole_features(session, session.splits.train)
    mean = whole_features(session, session.splits.train, layer_mean=True)
    again = whole_features(session, session.splits.train)
    assert (last.layer_mean, mean.layer_mean) == (False, True)
    assert np.array_equal(last.features, again.features)
    assert not np.allclose(last.features, mean.features)
    module: Any = session.backbone.module
    for row in range(len(session.splits.train)):
        batch = session.task.collate([session.task.encode(session.splits.train[row])], training=False)
        with torch.no_grad():
            layers = module.net.eval()(**batch.inputs, output_hidden_states=True).hidden_states[1:]
        expected = torch.stack(layers).mean(dim=(0, 2))[0]
        assert mean.features[row] == pytest.approx(expected.numpy(), abs=1e-5)


def test_networks_without_layers_of_one_width_have_no_mean(workplace: Path) -> None:
    session = photos(workplace)
    found = whole_features(session, session.splits.train, layer_mean=True)
    assert not found.layer_mean
    assert np.array_equal(found.features, whole_features(session, session.splits.train).features)


def test_of_words_those_with_a_tag(workplace: Path) -> None:
    folder = models.bert(workplace / "bert")
    conll(workplace / "train.conll", tagged(12))
    session = opened(
        workplace, f"{{task: token-classification, data: {{train: train.conll, val: 0.25}}, model: {folder}}}"
    )
    found = whole_features(session, session.splits.train)
    words = [len(tags) for tags in session.splits.train.targets()]
    assert max(words) < MOST_UNITS
    assert np.bincount(found.examples).tolist() == words
    names = [session.splits.target.classes[tag] for tag in found.targets]
    assert names == [tag for tags in session.splits.train.targets() for tag in tags]


def test_not_of_a_network_that_has_its_head_inside(workplace: Path) -> None:
    session = photos(workplace)
    session.model.uncut = "shared"
    assert whole_features(session, session.splits.train).reason == "shared"


@pytest.mark.parametrize("limit", [2, 200])
def test_at_most_so_many_units_of_an_example(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from ftcli.runs.probing import features

    monkeypatch.setattr(features, "MOST_UNITS", limit)
    places = torch.tensor([0, 0, 0, 0, 1, 2, 2, 2])
    chosen = features._few_of_each(places, torch.Generator().manual_seed(0))
    assert places[chosen].bincount().tolist() == [min(4, limit), 1, min(3, limit)]
    assert chosen.tolist() == sorted(set(chosen.tolist()))
