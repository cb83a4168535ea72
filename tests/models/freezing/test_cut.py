"""A backbone and its two parts must be the same function, with the same gradients, wherever it is cut."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Block
from ftcli.models.backbones.huggingface import assemble, network_kind
from ftcli.models.freezing.cut import Cut, frozen_depth
from ftcli.models.freezing.meta_copy import CutError
from ftcli.models.freezing.policies import FreezeBlocks, NormStatistics
from ftcli.models.heads import Classifier
from ftcli.models.pretrained.networks import architecture
from tests.models.conftest import load
from tests.tiny.torchvision import small_networks

TORCHVISION = {  # image sizes that each takes, small
    "resnet18": 96,
    "vgg11_bn": 96,
    "mobilenet_v2": 96,
    "mobilenet_v3_small": 96,
    "efficientnet_b0": 96,
    "densenet121": 96,
    "squeezenet1_1": 96,
    "convnext_tiny": 96,
    "swin_t": 96,
    "vit_b_16": 96,
    "inception_v3": 107,
    "googlenet": 96,
    "shufflenet_v2_x0_5": 96,
    "mnasnet0_5": 96,
    "regnet_y_400mf": 96,
}
HUGGING_FACE = [
    *(f"text/{name}" for name in ("bert", "distilbert", "roberta", "albert", "gpt2", "xlnet", "t5")),
    *(f"image/{name}" for name in ("vit", "resnet", "convnext", "swin", "mobilenet_v1")),
]
UNCUT = {
    "text/albert": 1,
    "text/t5": 2,
}  # nothing to gain: masks, and T5's position bias, need all blocks below


BF16_TOLERANCE = 0.05  # of the norm of the features
LARGE = {"vgg11_bn", "vit_b_16", "convnext_tiny", "swin_t"}  # compared in float32, for the sake of time


def quiet(module: nn.Module) -> None:
    """Switch off what is random in training and could not be compared."""
    for part in module.modules():
        for name in ("p", "dropout", "attention_dropout", "drop_prob", "drop_path_prob"):
            if isinstance(getattr(part, name, None), float):
                setattr(part, name, 0.0)


def make(name: str, folders: dict[str, str]) -> Backbone:
    torch.manual_seed(0)
    if name in TORCHVISION:
        with small_networks():
            backbone = load(f"torchvision/{name}", "image", weights="none", image_size=TORCHVISION[name])
    else:
        backbone = load(folders[name], "text" if name.startswith("text") else "image")
    quiet(backbone.module)
    for part in backbone.module.modules():
        if isinstance(part, nn.BatchNorm2d):  # so that folding has something to do
            part.running_mean.uniform_(-0.1, 0.1)  # type: ignore[union-attr]
            part.running_var.uniform_(0.5, 1.5)  # type: ignore[union-attr]
            nn.init.uniform_(
                part.bias, 0.1, 0.5
            )  # no channel rests on the kink of a ReLU, where rounding decides
    return backbone


def middle(name: str, backbone: Backbone) -> int:
    """Where a network is cut; GoogLeNet's auxiliary heads branch off below its middle."""
    return 3 if name == "googlenet" else (len(backbone.blocks) + 1) // 2


def precision(name: str) -> torch.dtype:
    """What the network is compared in."""
    return torch.float32 if name in LARGE else torch.float64


def inputs(backbone: Backbone, examples: int = 2, dtype: torch.dtype = torch.float32) -> dict[str, Any]:
    preprocess = backbone.preprocess
    if hasattr(preprocess, "crop"):
        return {"pixels": torch.rand(2 * examples, 3, preprocess.crop, preprocess.crop, dtype=dtype)}
    texts = ["a good film and a great room", "bad", "the food was dirty"][:examples]
    return dict(preprocess.tokenizer(texts, padding=True, return_tensors="pt"))


def trained(model: nn.Module, batch: dict[str, Any], steps: int = 2) -> tuple[list[float], dict[str, Tensor]]:
    """The loss of each step, and how far each parameter and buffer moved, of those that did."""
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.01)
    losses = []
    for _ in range(steps):
        output = model(**batch)
        outputs = output if isinstance(output, tuple) else (output,)
        loss = sum(((value - 1) ** 2).mean() for value in outputs)
        assert isinstance(loss, Tensor)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
    moved = {
        name: value for name, value in model.state_dict().items() if not torch.equal(value, before[name])
    }
    # Counts of batches are integers.
    return losses, {name: (value - before[name]) * 1.0 for name, value in moved.items()}


def same(ours: Tensor, theirs: Tensor, tolerance: float) -> None:
    scale = float(theirs.abs().max())
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance * max(scale, 1e-6))


def check(backbone: Backbone, depth: int, norms: NormStatistics, dtype: torch.dtype = torch.float64) -> None:
    """Train with and without the cut. In float64 there is no rounding that batch norms and kinks could magnify."""
    backbone.module.to(dtype)
    model = Classifier(backbone, Head(), 3).to(dtype)
    nn.init.normal_(model.head[-1].weight)  # type: ignore[arg-type]
    state = deepcopy(model.state_dict())
    policy = FreezeBlocks(depth, norms)
    policy.prepare(model, model.blocks, 1)
    policy.enter(model, 0)
    cut = Cut(backbone.module, backbone.blocks, depth, inputs(backbone, dtype=dtype), dtype=dtype)
    batch = inputs(backbone, 3, dtype)
    losses, whole = trained(model, batch)
    model.load_state_dict(state)
    model.cut = cut
    features = cut.begin(batch)
    assert features.is_contiguous()
    assert len(features) == len(next(iter(batch.values())))
    assert not features.requires_grad
    ours, parts = trained(model, {"features": features, **(batch if cut.needs_inputs else {})})
    slack = 1e-7 if dtype == torch.float64 else 1e-3
    assert ours == pytest.approx(losses, rel=slack)
    assert parts.keys() == whole.keys()
    norm = max(float(value.norm()) for value in whole.values())
    assert norm > 0
    for name, value in whole.items():
        assert float((parts[name] - value).norm()) <= 10 * slack * float(value.norm()) + slack * norm, name
    model.eval()
    with torch.no_grad():
        both = model(**batch)
        model.cut = None
        same(both, model(**batch), 2 * slack)


@pytest.mark.parametrize("name", [name for name in [*TORCHVISION, *HUGGING_FACE] if name not in UNCUT])
def test_both_parts_give_what_the_whole_gives(name: str, folders: dict[str, str]) -> None:
    backbone = make(name, folders)
    check(backbone, middle(name, backbone), "update", precision(name))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "image/mobilenet_v1"])
def test_norms_above_the_cut_may_keep_their_statistics(name: str, folders: dict[str, str]) -> None:
    backbone = make(name, folders)
    check(backbone, middle(name, backbone), "keep")


@pytest.mark.parametrize("name", [*TORCHVISION, *HUGGING_FACE])
def test_the_head_alone_learns_the_same_from_features(name: str, folders: dict[str, str]) -> None:
    backbone = make(name, folders)
    check(backbone, len(backbone.blocks), "update", precision(name))


@pytest.mark.parametrize("name", ["resnet18", "image/vit", "image/swin"])
def test_images_are_cut_at_every_depth(name: str, folders: dict[str, str]) -> None:
    blocks = len(make(name, folders).blocks)
    for depth in range(1, blocks + 1):
        check(make(name, folders), depth, "update")


@pytest.mark.parametrize("name", UNCUT)
def test_where_nothing_could_be_left_out_there_is_no_cut(name: str, folders: dict[str, str]) -> None:
    backbone = make(name, folders)
    with pytest.raises(CutError, match="cannot be cut after"):
        Cut(backbone.module, backbone.blocks, UNCUT[name], inputs(backbone))
    check(backbone, len(backbone.blocks), "update")


def test_t5_is_cut_above_the_layer_that_makes_its_position_bias(folders: dict[str, str]) -> None:
    small = make("text/t5", folders)
    config = deepcopy(small.module.config)
    config.num_layers = 4  # type: ignore[union-attr]
    net = architecture(config, network_kind(config, "text"))
    backbone = assemble(net, config, small.preprocess, "mean", "x")
    quiet(net)
    check(backbone, 3, "update")
    cut = Cut(backbone.module, backbone.blocks, 3, inputs(backbone))
    assert cut.needs_inputs
    assert cut.per_token


def test_the_fingerprint_changes_with_what_decides_the_features_and_nothing_else(
    folders: dict[str, str],
) -> None:
    backbone = make("image/vit", folders)

    def fingerprint(depth: int = 2) -> str:
        return Cut(backbone.module, backbone.blocks, depth, inputs(backbone)).fingerprint()

    before = fingerprint()
    assert fingerprint(1) != before
    names = [name for name, _ in backbone.module.named_parameters()]
    above = next(name for name in names if backbone.blocks[2].holds(name))
    below = next(name for name in names if backbone.blocks[1].holds(name))
    with torch.no_grad():
        backbone.module.get_parameter(above).add_(1)
        assert fingerprint() == before
        backbone.module.get_parameter(below).add_(1)
        assert fingerprint() != before


@pytest.mark.parametrize("name", [name for name in [*TORCHVISION, *HUGGING_FACE] if name not in LARGE])
def test_features_in_bfloat16_are_near(name: str, folders: dict[str, str]) -> None:
    backbone = make(name, folders)
    batch = inputs(backbone)
    cut = Cut(backbone.module, backbone.blocks, len(backbone.blocks), batch, dtype=torch.bfloat16)
    features = cut.begin(batch)
    assert features.dtype == torch.bfloat16
    with torch.no_grad():
        whole = backbone.module.eval()(**batch)
    assert float((cut.finish(features, batch) - whole).norm()) <= BF16_TOLERANCE * float(whole.norm())


@pytest.mark.parametrize("name", ["mobilenet_v2", "text/bert"])
def test_autocast_changes_no_feature(name: str, folders: dict[str, str]) -> None:
    """Features that are kept are computed without it, those of a prediction within it: its figures are the same."""
    backbone = make(name, folders)
    batch = inputs(backbone)
    plain, within = (
        Cut(backbone.module, backbone.blocks, len(backbone.blocks), batch, dtype=torch.bfloat16)
        for _ in range(2)
    )
    expected = plain.begin(batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(within.begin(batch), expected)
        assert torch.equal(plain.begin(batch), expected)


def test_the_frozen_depth_ends_at_the_first_block_that_trains() -> None:
    blocks = (Block("a", ("a",)), Block("b", ("b", "c")))
    assert frozen_depth(blocks, {"b.weight"}) == 1
    assert frozen_depth(blocks, {"c", "a.bias"}) == 0
    assert frozen_depth(blocks, {"head.weight"}) == 2
