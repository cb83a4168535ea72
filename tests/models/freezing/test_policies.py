from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, FreezePolicy
from ftcli.errors import ModelError
from ftcli.models import FREEZING
from ftcli.models.freezing.policies import (
    FreezeBackbone,
    FreezeBlocks,
    FreezePatterns,
    Gradual,
    LinearProbeThenFineTune,
    NoFreeze,
    frozen_state,
    set_modes,
)
from ftcli.models.heads import Classifier
from tests.models.conftest import load
from tests.tiny.torchvision import small_networks

TORCHVISION = {  # image sizes that each takes, small
    "resnet18": 32,
    "inception_v3": 107,
    "googlenet": 32,
    "mobilenet_v2": 32,
    "shufflenet_v2_x0_5": 32,
    "densenet121": 32,
    "efficientnet_b0": 32,
    "convnext_tiny": 32,
    "squeezenet1_1": 32,
    "swin_t": 32,
    "vgg11_bn": 32,
    "vit_b_32": 32,
}
HUGGING_FACE = [
    *(f"text/{name}" for name in ("bert", "distilbert", "roberta", "albert", "gpt2", "xlnet", "t5")),
    *(f"image/{name}" for name in ("vit", "resnet", "convnext", "swin", "mobilenet_v1")),
]


def model_of(backbone: Backbone) -> Classifier:
    return Classifier(backbone, Head(), 3)


def inputs(backbone: Backbone) -> dict[str, Any]:
    torch.manual_seed(0)
    preprocess = backbone.preprocess
    if hasattr(preprocess, "crop"):
        return {"pixels": torch.rand(2, 3, preprocess.crop, preprocess.crop)}
    return dict(preprocess.tokenizer(["a good film", "bad"], padding=True, return_tensors="pt"))


def train(
    policy: FreezePolicy, model: Classifier, backbone: Backbone, *, epochs: int = 1, epoch: int = 0
) -> None:
    """Two steps of one epoch."""
    policy.prepare(model, model.blocks, epochs)
    policy.enter(model, epoch)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1, weight_decay=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        logits = model(**inputs(backbone))
        logits = logits if isinstance(logits, tuple) else (logits,)
        sum(((one - 1) ** 2).mean() for one in logits).backward()  # a new head gives 0
        optimizer.step()


def snapshot(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in [*model.named_parameters(), *model.named_buffers()]}


def check_cut(backbone: Backbone, count: int) -> None:
    """Train with the first `count` blocks frozen; they must not move by a bit, and everything else must."""
    model = model_of(backbone)
    before = snapshot(model)
    train(FreezeBlocks(count), model, backbone)
    after = snapshot(model)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    blocks = model.blocks
    frozen = {name for name in before if any(block.holds(name) for block in blocks[:count])}
    assert frozen
    assert not frozen & moved
    assert all(any(block.holds(name) for name in moved) for block in blocks[count:] if block.name != "aux")


@pytest.mark.parametrize("name", TORCHVISION)
def test_frozen_blocks_stay_bit_identical_in_torchvision(name: str) -> None:
    with small_networks():
        backbone = load(f"torchvision/{name}", "image", weights="none", image_size=TORCHVISION[name])
    check_cut(backbone, len(backbone.blocks) // 2)


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_frozen_blocks_stay_bit_identical_in_hugging_face(folders: dict[str, str], name: str) -> None:
    backbone = load(folders[name], "text" if name.startswith("text") else "image")
    check_cut(backbone, len(backbone.blocks) // 2)


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_every_parameter_gets_a_gradient(folders: dict[str, str], name: str) -> None:
    backbone = load(folders[name], "text" if name.startswith("text") else "image")
    model = model_of(backbone)
    policy = NoFreeze()
    policy.prepare(model, model.blocks, 1)
    policy.enter(model, 0)
    model(**inputs(backbone)).sum().backward()
    assert [name for name, value in model.named_parameters() if value.grad is None] == []


@pytest.fixture
def small() -> Backbone:
    return load("torchvision/shufflenet_v2_x0_5", "image", weights="none", image_size=32)


def prepared(policy: NoFreeze, backbone: Backbone, epochs: int = 6) -> tuple[NoFreeze, Classifier]:
    model = model_of(backbone)
    policy.prepare(model, model.blocks, epochs)
    return policy, model


def trained_blocks(policy: NoFreeze, backbone: Backbone, epoch: int) -> list[str]:
    names = policy.trainable(epoch)
    return [block.name for block in model_of(backbone).blocks if any(block.holds(name) for name in names)]


def test_a_frozen_backbone_is_in_eval_and_its_statistics_stay(small: Backbone) -> None:
    model = model_of(small)
    before = snapshot(model)
    train(FreezeBackbone(), model, small)
    moved = {name for name, value in snapshot(model).items() if not torch.equal(before[name], value)}
    assert moved == {"head.0.weight", "head.0.bias"}
    assert not any(module.training for module in model.get_submodule("backbone").modules())
    assert model.training
    assert model.get_submodule("head").training


def test_modes_follow_what_trains(small: Backbone) -> None:
    policy, model = prepared(FreezeBlocks(3), small)
    policy.enter(model, 0)
    net = model.get_submodule("backbone.net")
    assert net.training
    assert [net.get_submodule(f"stage{i}").training for i in (2, 3, 4)] == [False, False, True]
    assert not net.get_submodule("stage3.0.branch2.1").training  # a norm
    assert net.get_submodule("maxpool").training  # without parameters: as its parent


POLICIES = [
    NoFreeze(),
    NoFreeze("keep"),
    FreezeBackbone(),
    FreezeBlocks(3),
    FreezeBlocks(3, "keep"),
    FreezePatterns(["stage2", "*.bias"]),
    FreezePatterns(["conv1.1"]),
    LinearProbeThenFineTune(2),
    Gradual(2),
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: f"{type(policy).__name__} {vars(policy)}")
def test_frozen_state_is_what_no_epoch_could_change(policy: NoFreeze, small: Backbone) -> None:
    """Against the gradients and modes of every epoch."""
    policy, model = prepared(policy, small, epochs=6)
    trained = frozenset[str]().union(*map(policy.trainable, range(6)))
    frozen = frozen_state(model, trained)
    changing = set()
    for epoch in range(6):
        policy.enter(model, epoch)
        set_modes(model)  # `norm_statistics: keep` is no promise about what is saved
        changing |= {name for name, value in model.named_parameters() if value.requires_grad}
        for path, module in model.named_modules():
            names = [name for name, _ in module.named_buffers(recurse=False)]
            changing |= {f"{path}.{name}" for name in names if module.training}
    assert frozen == model.state_dict().keys() - changing


def test_frozen_state_knows_modules_without_parameters_and_tensors_with_two_names() -> None:
    def body() -> nn.Module:
        return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, affine=False))

    model = nn.ModuleDict({"low": body(), "high": body(), "head": nn.Linear(4, 4)})
    model["head"].weight = model["low"][0].weight  # type: ignore[index]
    below = {"0.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"}
    weight = "low.0.weight"  # the name that policies know it by
    assert frozen_state(model, {"high.0.weight", "high.0.bias", "head.bias"}) == {
        weight, "head.weight", *(f"low.{name}" for name in below)
    }  # fmt: skip
    assert frozen_state(model, {weight, "head.bias"}) == {
        "low.0.bias", "high.0.weight", *(f"high.{name}" for name in below)
    }  # fmt: skip
    assert frozen_state(model, {name for name, _ in model.named_parameters()}) == frozenset()


def test_dropout_of_frozen_layers_is_off(folders: dict[str, str]) -> None:
    backbone = load(folders["text/bert"], "text")
    policy, model = prepared(FreezeBlocks(2), backbone)
    policy.enter(model, 0)
    dropouts = {name: part.training for name, part in model.named_modules() if isinstance(part, nn.Dropout)}
    assert dropouts
    assert all(training == ("layer.1" in name) for name, training in dropouts.items())


def test_none_trains_everything(small: Backbone) -> None:
    policy, model = prepared(NoFreeze(), small)
    assert policy.trainable(0) == {name for name, _ in model.named_parameters()}
    assert policy.phases() == (0,)


def test_gradual_takes_one_more_block_from_the_top(small: Backbone) -> None:
    policy, _ = prepared(Gradual(epochs_per_block=2), small)
    assert trained_blocks(policy, small, 0) == ["head"]
    assert trained_blocks(policy, small, 1) == ["head"]
    assert trained_blocks(policy, small, 2) == ["conv5", "head"]
    assert trained_blocks(policy, small, 100) == [block.name for block in model_of(small).blocks]


def test_lp_ft_has_two_phases(small: Backbone) -> None:
    policy, _ = prepared(LinearProbeThenFineTune(), small, epochs=6)
    assert policy.phases() == (0, 2)
    assert trained_blocks(policy, small, 1) == ["head"]
    assert len(trained_blocks(policy, small, 2)) == 6
    assert prepared(LinearProbeThenFineTune(probe_epochs=5), small)[0].phases() == (0, 5)


@pytest.mark.parametrize(
    "policy",
    [*POLICIES, LinearProbeThenFineTune()],
    ids=lambda policy: f"{type(policy).__name__} {vars(policy)}",
)
def test_what_is_extendable_is_so(policy: NoFreeze, small: Backbone) -> None:
    """More epochs change neither what trains in those before them, nor their phase, nor what trains at all."""
    found = []
    for epochs in (3, 9):
        again, _ = prepared(policy, small, epochs)
        past = [again.trainable(epoch) for epoch in range(3)]
        phases = [start for start in again.phases() if start < 3]
        found.append((past, phases, frozenset[str]().union(*map(again.trainable, range(epochs)))))
    assert (found[0] == found[1]) == policy.extendable


@pytest.mark.parametrize(("probe", "epochs"), [(None, 1), (6, 6), (0, 6)])
def test_lp_ft_needs_room_for_both_phases(small: Backbone, probe: int | None, epochs: int) -> None:
    with pytest.raises(ModelError, match="lp-ft"):
        prepared(LinearProbeThenFineTune(probe), small, epochs=epochs)


@pytest.mark.parametrize(
    ("patterns", "trained"),
    [
        (["stem", "stage*"], ["conv5", "head"]),
        (["backbone.net.conv1", "stage2.*"], ["stage3", "stage4", "conv5", "head"]),
        (["*"], ["head"]),
        (["backbone"], ["head"]),
    ],
)
def test_patterns_name_what_is_frozen(small: Backbone, patterns: list[str], trained: list[str]) -> None:
    policy, _ = prepared(FreezePatterns(patterns), small)
    assert trained_blocks(policy, small, 0) == trained


def test_a_pattern_may_name_single_parameters(small: Backbone) -> None:
    policy, model = prepared(FreezePatterns(["*.bias"]), small)
    frozen = {name for name, _ in model.named_parameters()} - policy.trainable(0)
    assert frozen == {
        n for n, _ in model.named_parameters() if n.endswith(".bias") and n.startswith("backbone")
    }


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (FreezePatterns(["stage9"]), r"'stage9' matches no block.*Did you mean 'stage\d'\?.*stem, stage2"),
        (FreezePatterns(["head"]), "matches no block and no parameter of the backbone"),
        (FreezeBlocks(9), "9 is not among 0 to 5; the blocks, input first: stem"),
        (FreezeBlocks(-1), "-1 is not among 0 to 5"),
        (Gradual(0), "epochs_per_block must be at least 1, not 0"),
    ],
)
def test_what_cannot_be_frozen_is_answered(small: Backbone, policy: NoFreeze, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        prepared(policy, small)


def test_the_table_of_policies_loads() -> None:
    for name in FREEZING:
        assert issubclass(FREEZING.load(name), NoFreeze)


def test_kept_statistics_do_not_move_while_the_weights_of_norms_do() -> None:
    backbone = load("torchvision/resnet18", "image", weights="none", image_size=32)
    model = model_of(backbone)
    before = snapshot(model)
    train(NoFreeze(norm_statistics="keep"), model, backbone)
    after = snapshot(model)
    statistics = {
        name for name in before if name.endswith(("running_mean", "running_var", "num_batches_tracked"))
    }
    assert statistics
    assert all(torch.equal(before[name], after[name]) for name in statistics)
    assert not torch.equal(before["backbone.net.bn1.weight"], after["backbone.net.bn1.weight"])
    train(NoFreeze(), model, backbone)
    assert not any(torch.equal(before[name], snapshot(model)[name]) for name in statistics)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (NoFreeze(), ["all blocks"]),
        (FreezeBackbone(), ["head"]),
        (FreezeBlocks(2), ["top 3 of 5 blocks"]),
        (FreezePatterns(["stage3"]), ["4 of 5 blocks"]),
        (FreezePatterns(["stage3", "conv1.1.*"]), ["parts of 4 of 5 blocks"]),
        (LinearProbeThenFineTune(1), ["head", "all blocks"]),
        (Gradual(), ["head", "top 1 of 5 blocks", "top 2 of 5 blocks"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, NoFreeze) else "",
)
def test_what_trains_is_said_in_words(policy: NoFreeze, words: list[str], small: Backbone) -> None:
    prepared(policy, small)
    assert [policy.what_trains(epoch) for epoch in range(len(words))] == words


@pytest.mark.parametrize(
    "policy",
    [NoFreeze(), FreezeBackbone(), FreezeBlocks(2), FreezePatterns(["b*"]), LinearProbeThenFineTune()],
)
def test_what_trains_is_worked_out_once_however_many_epochs_there_are(
    policy: NoFreeze, small: Backbone
) -> None:
    policy, _ = prepared(policy, small, 9)
    assert policy.trainable(7) is policy.trainable(8)
    assert policy.what_trains(7) is policy.what_trains(8)
