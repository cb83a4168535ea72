"""A run's network as torchvision makes it: the head stands where torchvision has its classifier."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.segmentation import LRASPP

from ftcli.contracts import Batch, Form
from ftcli.errors import ExportError
from ftcli.models.backbones.torchvision import construction
from ftcli.models.pretrained.weights import load_state
from ftcli.ship.huggingface.described import Described, answers_alike, layers, random_head
from ftcli.ship.scripts.huggingface import images

# Layers that are put in place of torchvision's: kinds and sizes by path; none for a layer that is left out.
Changed = dict[str, list[list[Any]]]
State = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Networks of one form: options of `get_model`, what their heads can be, and the outputs for pixels (B, 3, H, W).

    A head is what changes in torchvision's network, and the weights of its classifiers; torchvision's own layer comes
    first, where the head is one layer.
    """

    options: Callable[[Described], dict[str, Any]]
    heads: Callable[[Described], Iterator[tuple[Changed, State]]]
    outputs: Callable[[nn.Module, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Built:
    """What `torchvision.models.get_model(architecture, num_classes=..., **options)` makes, and what changes in it."""

    architecture: str
    options: dict[str, Any]
    net: nn.Module
    changed: Changed = field(default_factory=dict)
    notes: Sequence[str] = ()


def built(known: Described, batches: Sequence[Batch]) -> Built:
    """torchvision's network with the trained weights. Raises `ExportError` where none answers as the run's does."""
    name = known.around.name
    index = _first_alike(known, batches)
    if index is None:
        raise ExportError(f"{name}: torchvision's network with this head does not answer as the run's does")
    kind = _KINDS[known.form]
    changed, state = list(kind.heads(known))[index]
    net = _network(known, changed, state)
    return Built(name, kind.options(known), net, changed, _notes(name, changed))


def _first_alike(known: Described, batches: Sequence[Batch]) -> int | None:
    """Which of the heads answers as the run's network does."""
    kind = _KINDS[known.form]
    with random_head(known) as tried:
        for index, head in enumerate(kind.heads(tried)):
            net = _network(tried, *head)
            if answers_alike(tried, lambda inputs, net=net: kind.outputs(net, inputs["pixels"]), batches):
                return index
    return None


def _network(known: Described, changed: Changed, state: State) -> nn.Module:
    """torchvision's network with the weights, in eval mode."""
    around, options = known.around, _KINDS[known.form].options(known)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net: nn.Module = models.get_model(around.name, num_classes=len(known.names), **options)
    for path, kinds in changed.items():
        made = [getattr(nn, kind)(*sizes) for kind, *sizes in kinds]
        net.set_submodule(path, nn.Sequential(*made) if made else nn.Identity())
    load_state(net, {**around.net.state_dict(), **_shaped(state, net.state_dict())})
    return net.eval()


def _classifier_options(known: Described) -> dict[str, Any]:
    around = known.around
    options = construction(around.name, around.image_size, auxiliary=len(around.classifiers) > 1)
    # The weights are loaded anyway.
    return {name: value if name != "init_weights" else False for name, value in options.items()}


def _mask_options(known: Described) -> dict[str, Any]:
    net: Any = known.around.net
    options: dict[str, Any] = {"weights": None, "weights_backbone": None}
    return options if isinstance(net, LRASPP) else {**options, "aux_loss": net.aux_classifier is not None}


def _classifier_heads(known: Described) -> Iterator[tuple[Changed, State]]:
    around, model = known.around, known.predictor.model
    *others, main = around.classifiers
    auxiliary = zip(others, getattr(model, "auxiliary", ()), strict=True)
    extra = {f"{path}.{name}": value for path, one in auxiliary for name, value in one.state_dict().items()}
    behind = _activations_behind(around.net, main)
    if known.last is not None:
        state = extra | _named(main, known.last)
        yield {}, state
        yield behind, state
    else:
        kinds = layers(known.head)
        yield {main: kinds}, extra | _named(main, known.head)
        # SqueezeNet's classifier is a convolution before the mean over space.
        pooled = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), *known.head)
        before: list[list[Any]] = [["ReLU"], ["AdaptiveAvgPool2d", 1]]
        convolutions = [
            ["Conv2d", *sizes, 1] if kind == "Linear" else [kind, *sizes] for kind, *sizes in kinds
        ]
        yield {main: [*before, *convolutions], **behind}, extra | _named(main, pooled)


def _activations_behind(net: nn.Module, path: str) -> Changed:
    """Activations that torchvision has behind its classifier, which the trained head does without: left out."""
    parent, _, name = path.rpartition(".")
    siblings = list(net.get_submodule(parent).named_children())
    index = [one for one, _ in siblings].index(name)
    return {f"{parent}.{one}": [] for one, layer in siblings[index + 1 :] if isinstance(layer, nn.ReLU)}


def _mask_heads(known: Described) -> Iterator[tuple[Changed, State]]:
    net: Any = known.around.net
    if isinstance(net, LRASPP):
        yield {}, _lraspp(known)
        return
    auxiliary = getattr(known.predictor.model, "auxiliary", [])
    extra = _named("aux_classifier.4", auxiliary[0]) if len(auxiliary) else {}
    if known.last is not None:
        yield {}, extra | _named("classifier.4", known.last)
    else:
        yield {"classifier.4": layers(known.head)}, extra | _named("classifier.4", known.head)


def _lraspp(known: Described) -> State:
    """LR-ASPP has two last layers, whose sum is one layer on both inputs."""
    if known.last is None:
        raise ExportError(
            f"{known.around.name}: classifier.low_classifier and classifier.high_classifier are single layers in "
            "torchvision, and this head has hidden layers (model.head.hidden)"
        )
    weight, bias = known.last.weight.detach(), known.last.bias
    assert bias is not None
    high = known.around.net.classifier.cbr[0].out_channels
    low = weight.shape[1] - high
    return {
        "classifier.low_classifier.weight": weight[:, :low].contiguous(),
        "classifier.low_classifier.bias": bias.detach(),
        "classifier.high_classifier.weight": weight[:, low:].contiguous(),
        "classifier.high_classifier.bias": torch.zeros_like(bias),
    }


def _named(path: str, layer: nn.Module) -> State:
    return {f"{path}.{name}": value.detach() for name, value in layer.state_dict().items()}


def _shaped(state: State, there: Mapping[str, Tensor]) -> State:
    """The weights of linear layers as those of convolutions where these take their place."""
    return {
        name: value.reshape(there[name].shape) if name in there else value for name, value in state.items()
    }


def _notes(architecture: str, changed: Changed) -> list[str]:
    """What has to be changed in torchvision's network, as `load.py` does."""
    if not changed:
        return []
    what = [f"{path} {'replaced' if kinds else 'left out'}" for path, kinds in changed.items()]
    return [f"the head is not the one that torchvision gives {architecture}: load.py has {', '.join(what)}"]


_KINDS: Mapping[Form, _Kind] = {
    "vector": _Kind(_classifier_options, _classifier_heads, nn.Module.__call__),
    "maps": _Kind(_mask_options, _mask_heads, images.maps),
}
