"""What is computed once: the same training with and without, hits across runs, and words for what is not kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.models.weights import read_weights
from tests.running import Command
from tests.tiny import data, models


def config(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def images(workplace: Path) -> Path:
    pictures = data.split_folders(workplace / "pictures", {"train": 6, "val": 2})
    return config(
        workplace,
        f"task: image-classification\ndata: {{source: {pictures}, batch_size: 4, image_size: 32}}\n"
        "model: {backbone: torchvision/resnet18, weights: none}\nfreeze: backbone\n"
        "training: {epochs: 3, log_every: 1, early_stop: false}\n",
    )


@pytest.fixture
def texts(workplace: Path) -> Path:
    table = data.table(workplace / "reviews.csv", data.reviews(16))
    folder = models.bert(workplace / "bert")
    return config(
        workplace,
        f"task: text-classification\ndata: {{train: {table}, val: 0.25, batch_size: 4}}\n"
        f"model: {folder}\nfreeze: backbone\ntraining: {{epochs: 3, log_every: 1, early_stop: false}}\n",
    )


def lines(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def weights(run: Path) -> dict[str, torch.Tensor]:
    last = max((run / "checkpoints").iterdir())
    return read_weights(last / "model.safetensors")


def check_equal(one: Path, other: Path) -> None:
    pairs = list(zip(lines(one), lines(other), strict=True))
    assert len(pairs) > 6
    for ours, theirs in pairs:  # folded batch norms and larger batches round differently
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-6)
    torch.testing.assert_close(weights(one), weights(other), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["images", "texts"])
def test_training_is_the_same_with_and_without(
    kind: str, ftcli: Command, request: pytest.FixtureRequest, cache: Path
) -> None:
    file = request.getfixturevalue(kind)
    ftcli.ok("train", file, "output=with")
    assert {path.name.partition("-")[0] for path in cache.iterdir()} == {"inputs", "features"}
    ftcli.ok("train", file, "output=without", "data.cache=none")
    check_equal(Path("with"), Path("without"))


def test_features_serve_another_run_and_a_changed_image_does_not_hit(
    ftcli: Command, images: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftcli.models.cut import Cut

    computed: list[int] = []
    begin = Cut.begin

    def counting(self: Cut, inputs: Any) -> torch.Tensor:
        features = begin(self, inputs)
        computed.append(len(features))
        return features

    monkeypatch.setattr(Cut, "begin", counting)
    ftcli.ok("train", images, "output=first")
    total = sum(computed)
    pictures = sorted(Path("pictures").rglob("*.png"))
    assert (
        total == len({path.read_bytes() for path in pictures}) < len(pictures)
    )  # the same picture is one entry
    ftcli.ok("train", images, "output=second", "model.head=mlp", "optimizer.lr=0.1")
    assert sum(computed) == total
    ftcli.ok("eval", "--checkpoint", "second")
    assert sum(computed) == total
    data.image(pictures[0], seed=99)
    ftcli.ok("train", images, "output=third")
    assert 0 < sum(computed) - total <= 12  # the window that it is in


def test_views_are_the_same_with_and_without(ftcli: Command, images: Path, cache: Path) -> None:
    options = ("data.augment=flip", "data.cache={views: 2}", "training.epochs=4")
    ftcli.ok("train", images, "output=with", *options)
    assert any(path.name.startswith("features") for path in cache.iterdir())
    ftcli.ok("train", images, "output=without", *options, "data.cache.keep=none")
    check_equal(Path("with"), Path("without"))


def test_the_plan_says_what_is_kept_and_why_not(ftcli: Command, images: Path, cache: Path) -> None:
    kept = ftcli.ok("train", images, "--dry-run")
    assert f"kept in {cache}, at most 20 GB" in kept
    assert "of the frozen backbone kept" in kept
    assert list(cache.iterdir()) == []  # a dry run writes nothing
    assert "flip changes them" in ftcli.ok("train", images, "--dry-run", "data.augment=flip")
    assert "no epoch leaves" in ftcli.ok("train", images, "--dry-run", "freeze=none")
    assert "data.cache is inputs" in ftcli.ok("train", images, "--dry-run", "data.cache=inputs")
    assert "data.cache is none" in ftcli.ok("train", images, "--dry-run", "data.cache=none")


def test_a_cache_that_cannot_be_written_is_a_warning(ftcli: Command, images: Path, workplace: Path) -> None:
    (workplace / "file").write_text("in the way")
    ftcli.ok("train", images, "output=without", "data.cache=none")
    out = ftcli.ok("train", images, "output=with", "data.cache.folder=file/cache")
    assert "no longer kept" in out
    check_equal(Path("with"), Path("without"))


def test_the_cache_command_shows_and_clears(ftcli: Command, images: Path, cache: Path) -> None:
    assert "0.0 MB" in ftcli.ok("cache")
    ftcli.ok("train", images, "output=run")
    shown = ftcli.ok("cache")
    assert "torchvision/resnet18" in shown
    assert "images of 32 px" in shown
    assert "freed" in ftcli.ok("cache", "--clear")
    assert list(cache.iterdir()) == []
    ftcli.ok("eval", "--checkpoint", "run")


def test_what_is_kept_already_serves_where_nothing_more_can_be_kept(
    ftcli: Command, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", images, "output=first")
    monkeypatch.setattr("ftcli.models.cut.Cut.begin", lambda *_: pytest.fail("computed again"))
    monkeypatch.setattr("ftcli.data.store.os.write", lambda *_: pytest.fail("written again"))
    ftcli.ok("train", images, "output=second")


def test_a_network_that_cannot_be_cut_trains_whole_and_it_is_said(
    ftcli: Command, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftcli.models.cut import CutError

    def refuse(*_: Any, **__: Any) -> None:
        raise CutError("it is of one piece")

    ftcli.ok("train", images, "output=with")
    monkeypatch.setattr("ftcli.runs.caching.Cut", refuse)
    assert "note: no features are kept: it is of one piece" in ftcli.ok("train", images, "output=without")
    check_equal(Path("with"), Path("without"))
