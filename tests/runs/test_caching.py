"""What is computed once: the same training with and without, hits across runs, and words for what is not kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.models.pretrained.weights import read_weights
from ftcli.runs.files.metrics_log import TIMES
from tests.running import Command
from tests.tiny import data, models
from tests.tiny.tags import conll, tagged

Uncut = Callable[..., Path]
BF16_TOLERANCE = 0.05  # of each loss


def config(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return path


SGD = (
    "optimizer: {name: sgd, lr: 0.001}\n"  # Adam makes whole steps of gradients that are nothing but rounding
)
SETTINGS = "epochs: 3, probe: false, log_every: 1, early_stop: false, device: cpu, precision: fp32"


@pytest.fixture
def images(workplace: Path) -> Path:
    return of_images(workplace, "torchvision/shufflenet_v2_x0_5")


@pytest.fixture
def texts(workplace: Path) -> Path:
    return of_texts(workplace, models.bert(workplace / "bert"))


def of_images(workplace: Path, backbone: str, side: int = 32) -> Path:
    """An experiment with a frozen backbone; `weights` are random for one of torchvision's."""
    pictures = data.split_folders(workplace / "pictures", {"train": 6, "val": 2})
    weights = ", weights: none" if backbone.startswith("torchvision") else ""
    return config(
        workplace,
        f"task: image-classification\ndata: {{source: {pictures}, batch_size: 4, image_size: {side}, augment: none}}\n"
        f"model: {{backbone: {backbone}{weights}}}\nfreeze: backbone\n{SGD}training: {{{SETTINGS}}}\n",
    )


def of_texts(workplace: Path, folder: str) -> Path:
    table = data.table(workplace / "reviews.csv", data.reviews(16))
    return config(
        workplace,
        f"task: text-classification\ndata: {{train: {table}, val: 0.25, batch_size: 4}}\n"
        f"model: {folder}\nfreeze: backbone\n{SGD}training: {{{SETTINGS}}}\n",
    )


def lines(run: Path) -> list[dict[str, Any]]:
    """The figures of all lines, without times."""
    every = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [{key: line[key] for key in line if key not in (*TIMES, "phase")} for line in every]


def weights(run: Path) -> dict[str, torch.Tensor]:
    last = max((run / "checkpoints").iterdir())
    return read_weights(last / "model.safetensors")


def check_equal(one: Path, other: Path, tolerance: float = 1e-4) -> None:
    pairs = list(zip(lines(one), lines(other), strict=True))
    assert len(pairs) > 6
    for ours, theirs in pairs:  # folded batch norms and larger batches round differently
        assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance / 100)
    others = weights(other)
    assert weights(one).keys() == others.keys()
    for name, value in weights(one).items():
        distance = float((value - others[name]).double().norm())
        assert distance <= 10 * tolerance * float(others[name].double().norm()) + tolerance, name


@pytest.fixture
def uncut(monkeypatch: pytest.MonkeyPatch, ftcli: Command) -> Uncut:
    """Runs an experiment without any cache, its network in one piece."""

    def run(file: Path, *options: str) -> Path:
        from ftcli.models.freezing.meta_copy import CutError

        def refuse(*_: Any, **__: Any) -> None:
            raise CutError("it is of one piece")

        with monkeypatch.context() as patch:
            patch.setattr("ftcli.runs.caching.Cut", refuse)
            ftcli.ok("train", file, "output=uncut", "data.cache=none", *options)
        return Path("uncut")

    return run


@pytest.mark.parametrize("freeze", ["backbone", "3", "{name: lp-ft, probe_epochs: 2}"])
@pytest.mark.parametrize("backbone", ["torchvision/shufflenet_v2_x0_5", *models.IMAGES])
def test_images_train_the_same_with_and_without(
    backbone: str, freeze: str, ftcli: Command, workplace: Path, cache: Path, uncut: Uncut
) -> None:
    known = backbone.startswith("torchvision")
    folder = backbone if known else models.IMAGES[backbone](workplace / backbone)
    file = of_images(workplace, folder, side=64 if known else 32)
    ftcli.ok("train", file, "output=with", f"freeze={freeze}")
    assert {path.name.partition("-")[0] for path in cache.iterdir() if path.is_dir()} == {
        "inputs",
        "features",
    }
    check_equal(Path("with"), uncut(file, f"freeze={freeze}"))


@pytest.mark.parametrize("freeze", ["backbone", "2"])
@pytest.mark.parametrize("name", ["bert", "gpt2", "xlnet"])
def test_tags_train_the_same_with_and_without(
    name: str, freeze: str, ftcli: Command, workplace: Path, cache: Path, uncut: Uncut
) -> None:
    folder = without_dropout(models.TEXTS[name](workplace / name))
    table = conll(workplace / "train.conll", tagged(16))
    file = config(
        workplace,
        f"task: token-classification\ndata: {{train: {table}, val: 0.25, batch_size: 4}}\n"
        f"model: {folder}\nfreeze: {freeze}\n{SGD}training: {{{SETTINGS}}}\n",
    )
    shown = ftcli.ok("train", file, "--verbose", "output=with")
    assert "kept: 0.0 MB" in shown
    assert {path.name.partition("-")[0] for path in cache.iterdir() if path.is_dir()} == {
        "inputs",
        "features",
    }
    check_equal(Path("with"), uncut(file))


@pytest.mark.parametrize("freeze", ["backbone", "2"])
@pytest.mark.parametrize("name", models.TEXTS)
def test_texts_train_the_same_with_and_without(
    name: str, freeze: str, ftcli: Command, workplace: Path, cache: Path, uncut: Uncut
) -> None:
    folder = without_dropout(models.TEXTS[name](workplace / name))
    file = of_texts(workplace, folder)
    out = ftcli.ok("train", file, "output=with", f"freeze={freeze}")
    kinds = {"inputs"} if "cannot be cut" in out else {"inputs", "features"}
    assert {path.name.partition("-")[0] for path in cache.iterdir() if path.is_dir()} == kinds
    check_equal(Path("with"), uncut(file, f"freeze={freeze}"))


def without_dropout(folder: str) -> str:
    """The network draws no numbers of its own: GPT-2, XLNet and T5 do below the cut, beside their blocks."""
    file = Path(folder) / "config.json"
    settings = json.loads(file.read_text())
    off = {key: 0.0 for key, value in settings.items() if isinstance(value, float) and _drops(key)}
    file.write_text(json.dumps(settings | off))
    return folder


def _drops(key: str) -> bool:
    return "dropout" in key or key.endswith("pdrop")


@pytest.mark.parametrize(("kind", "freeze"), [("images", "backbone"), ("images", "3"), ("texts", "2")])
def test_in_bf16_training_is_near_the_same(
    kind: str, freeze: str, ftcli: Command, request: pytest.FixtureRequest, uncut: Uncut
) -> None:
    file = request.getfixturevalue(kind)
    side = ["data.image_size=64"] if kind == "images" else []
    options = [f"freeze={freeze}", "training.precision=bf16", *side]
    ftcli.ok("train", file, "output=with", *options)
    for ours, theirs in zip(lines(Path("with")), lines(uncut(file, *options)), strict=True):
        for name in {"loss", "train_loss", "val_loss"} & set(ours):
            assert ours[name] == pytest.approx(theirs[name], rel=BF16_TOLERANCE)


def test_gradual_thawing_keeps_the_features_of_each_phase_that_lasts(
    ftcli: Command, images: Path, cache: Path, uncut: Uncut
) -> None:
    options = ("freeze={name: gradual, epochs_per_block: 2}", "training.epochs=5", "data.image_size=64")
    out = ftcli.ok("train", images, "--verbose", "output=with", *options)
    assert "of the backbone, frozen in 2 of 5 epochs, kept" in out
    assert "of its blocks up to stage4, frozen in 2 of 5 epochs, kept" in out
    assert "of its blocks up to stage3, frozen in 1 of 5 epochs, not kept: only one epoch has this cut" in out
    check_equal(Path("with"), uncut(images, *options))
    assert len([path for path in cache.iterdir() if path.name.startswith("features")]) == 2


def test_features_that_would_not_fit_are_not_computed_to_be_thrown_away(
    ftcli: Command, images: Path, cache: Path, uncut: Uncut
) -> None:
    options = ("freeze=3", "data.cache.limit_gb=0.00005", "data.image_size=64")
    out = ftcli.ok("train", images, "--verbose", "output=with", *options)
    assert "not kept: 0.0 GB are more than the 0.0 GB that there is room for" in out
    assert not any(path.name.startswith("features") for path in cache.iterdir())
    check_equal(Path("with"), uncut(images, *options))


def test_features_serve_another_run_and_a_changed_image_does_not_hit(
    ftcli: Command, images: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftcli.models.freezing.cut import Cut

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
    kept = ftcli.ok("train", images, "--dry-run", "--verbose")
    assert f"kept in {cache}, at most 20 GB" in kept
    assert "of the backbone, frozen in 3 of 3 epochs, kept: 0.1 MB" in kept
    assert list(cache.iterdir()) == []  # a dry run writes nothing
    assert "flip changes them" in ftcli.ok("train", images, "--dry-run", "--verbose", "data.augment=flip")
    assert "no epoch leaves the first block frozen" in ftcli.ok(
        "train", images, "--dry-run", "--verbose", "freeze=none"
    )
    assert "data.cache is inputs" in ftcli.ok("train", images, "--dry-run", "--verbose", "data.cache=inputs")
    assert "data.cache is none" in ftcli.ok("train", images, "--dry-run", "--verbose", "data.cache=none")


def test_a_cache_that_cannot_be_written_is_a_warning(ftcli: Command, images: Path, workplace: Path) -> None:
    (workplace / "file").write_text("in the way")
    ftcli.ok("train", images, "output=without", "data.cache=none")
    out = ftcli.ok("train", images, "--verbose", "output=with", "data.cache.folder=file/cache")
    assert "no longer kept" in out
    check_equal(Path("with"), Path("without"))


def test_the_cache_command_shows_and_clears(ftcli: Command, images: Path, cache: Path) -> None:
    assert "0.0 MB" in ftcli.ok("cache")
    ftcli.ok("train", images, "output=run")
    shown = ftcli.ok("cache")
    assert "torchvision/shufflenet_v2_x0_5" in shown
    assert "images of 32 px" in shown
    assert "freed" in ftcli.ok("cache", "--clear")
    assert list(cache.iterdir()) == []
    ftcli.ok("eval", "--checkpoint", "run")


def test_what_is_kept_already_serves_where_nothing_more_can_be_kept(
    ftcli: Command, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", images, "output=first")
    monkeypatch.setattr("ftcli.models.freezing.cut.Cut.begin", lambda *_: pytest.fail("computed again"))
    monkeypatch.setattr("ftcli.store.shard.Writer.append", lambda *_: pytest.fail("written again"))
    ftcli.ok("train", images, "output=second")


def test_a_network_that_cannot_be_cut_trains_whole_and_it_is_said(
    ftcli: Command, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftcli.models.freezing.meta_copy import CutError

    def refuse(*_: Any, **__: Any) -> None:
        raise CutError("it is of one piece")

    monkeypatch.setattr("ftcli.runs.caching.Cut", refuse)
    out = ftcli.ok("train", images, "--verbose", "output=without")
    assert "features  not kept: it is of one piece" in out
    assert "note: no features are kept: it is of one piece" in out


def test_a_network_is_cut_after_fewer_blocks_where_it_cannot_be_cut_after_all(
    ftcli: Command, images: Path, monkeypatch: pytest.MonkeyPatch, uncut: Uncut
) -> None:
    from ftcli.models.freezing.cut import Cut
    from ftcli.models.freezing.meta_copy import CutError

    class Shallow(Cut):
        def __init__(self, module: Any, blocks: Any, depth: int, *rest: Any, **options: Any) -> None:
            if depth > 2:
                raise CutError("no deeper")
            super().__init__(module, blocks, depth, *rest, **options)

    monkeypatch.setattr("ftcli.runs.caching.Cut", Shallow)
    out = ftcli.ok("train", images, "--verbose", "output=with", "freeze=4", "data.image_size=64")
    assert "of its blocks up to stage2, frozen in 3 of 3 epochs, kept" in out
    assert "(no deeper)" in out
    check_equal(Path("with"), uncut(images, "freeze=4", "data.image_size=64"))
