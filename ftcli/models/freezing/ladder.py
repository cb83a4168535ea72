"""The ladder of blocks: every parameter and buffer of a backbone once, input first.

One list serves freezing, gradual unfreezing, layer-wise learning rates and the feature cache, so a block is what one
would freeze as a whole: a stage of a convolutional network, a layer of a transformer. A norm belongs to the block of
the layer before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from torch import nn

from ftcli.contracts import Block, block_by_name

# Containers of the networks of torchvision and timm that are not blocks themselves; their children are.
CONTAINERS = {"features", "layers", "blocks", "stages", "trunk_output", "encoder", "classifier", "heads"}
# Modules of transformers that every layer reads, though they may be registered after the layers.
SHARED = ("embed", "relative")

Piece = tuple[str, nn.Module | None]  # a path, and its module; None for a parameter of a container
NamedPaths = tuple[str, list[str]]


def torchvision_ladder(net: nn.Module) -> tuple[Block, ...]:
    """The blocks of a network of torchvision or timm without its head, by registration, the order of its forward."""
    found: list[NamedPaths] = []
    # Downsampling layers belong to the stage that follows.
    waiting: list[str] = []
    for path, module in _pieces(net):
        name = _block_name(path, module)
        if module is not None and _is_downsample(module):
            waiting.append(path)
        elif found and (name == found[-1][0] or (module is not None and not _learns(module))):
            found[-1][1].append(path)
        elif name == "stem" and found:
            # A convolution that is not among the first.
            found.append((_short(path), [path]))
        else:
            found.append((name, [*waiting, path]))
            waiting = []
    return tuple(Block(name, tuple(paths)) for name, paths in found)


def _pieces(module: nn.Module, prefix: str = "") -> Iterator[Piece]:
    """Paths that cover `module`: containers opened, other children whole, children without state left out."""
    for name in _own_state(module):
        yield prefix + name, None
    for name, child in module.named_children():
        if not has_state(child):
            continue
        if name in CONTAINERS and any(True for _ in child.children()):
            yield from _pieces(child, f"{prefix}{name}.")
        else:
            yield prefix + name, child


def _block_name(path: str, module: nn.Module | None) -> str:
    """`stem` for the first convolutions and for parameters outside of any layer (a class token, positions)."""
    name = _short(path)
    if module is None or name.lower().startswith("conv"):
        return "stem"
    return "aux" if name.lower().startswith("aux") else name


def _short(path: str) -> str:
    """`features.3` stays; `features.denseblock1` is `denseblock1`."""
    last = path.rpartition(".")[2]
    return ".".join(path.split(".")[-2:]) if last.isdigit() else last


def _is_downsample(module: nn.Module) -> bool:
    """Swin merges patches; ConvNeXt and DenseNet normalise, then reduce."""
    if isinstance(module, nn.Sequential):
        return is_norm(module[0])
    return type(module).__name__.startswith("PatchMerging")


def huggingface_ladder(net: nn.Module) -> tuple[Block, ...]:
    """The blocks of a transformers model: what comes before its largest list of layers, each layer, what comes after.

    A model without a list of layers has its children as blocks, and a network of timm those of `torchvision_ladder`.
    """
    if (wrapped := _within_timm(net)) is not None:
        return tuple(block.under(wrapped) for block in torchvision_ladder(net.get_submodule(wrapped)))
    path = _largest_list(net)
    if path is None:
        return tuple(Block(name, (name,)) for name, child in net.named_children() if has_state(child))
    before, after = _around(net, path)
    last = path.rpartition(".")[2]
    layers = net.get_submodule(path).named_children()
    found: list[NamedPaths] = [(f"{last}.{i}", [f"{path}.{i}"]) for i, layer in layers if has_state(layer)]
    if before:
        found.insert(0, ("embeddings", before))
    if any(_learns(net.get_submodule(name)) for name in after):
        found.append(("final", after))
    else:
        found[-1][1].extend(after)
    return tuple(Block(name, tuple(paths)) for name, paths in found)


def _within_timm(net: nn.Module) -> str | None:
    """The path of a network of timm that transformers wraps; None for its own networks."""
    paths = (path for path, module in net.named_modules() if type(module).__module__.startswith("timm."))
    path = next(paths, None)
    names = [name for name, _ in [*net.named_parameters(), *net.named_buffers()]]
    return path if path and all(name.startswith(f"{path}.") for name in names) else None


def sequence_ladder(net: nn.Module) -> tuple[Block, ...]:
    """The blocks of a whole language model: embeddings of all its stacks, their layers in order, its own output layers.

    Layers of an encoder and a decoder have those words before their names. Output layers that are tied to embeddings
    are among the embeddings.
    """
    first: list[str] = []
    found: list[Block] = []
    for label, path in _stacks(net):
        for block in huggingface_ladder(net.get_submodule(path)):
            within = block.under(path)
            if block.name == "embeddings":
                first += within.prefixes
            else:
                found.append(replace(within, name=label + block.name))
    blocks = [Block("embeddings", tuple(first)), *found]
    inputs = {id(value) for value in net.get_input_embeddings().parameters()}  # type: ignore[operator]
    held = [*net.named_parameters(), *net.named_buffers()]
    placed = block_by_name([name for name, _ in held], blocks)
    rest = [(name, value) for name, value in held if name not in placed]
    shared = [name for name, value in rest if id(value) in inputs]
    head = [name for name, value in rest if id(value) not in inputs]
    blocks[0] = Block("embeddings", (*shared, *first))
    if any(isinstance(value, nn.Parameter) and name in head for name, value in rest):
        blocks.append(Block("lm_head", tuple(head)))
    else:  # at most a buffer that is added to the logits
        blocks[-1] = Block(blocks[-1].name, (*blocks[-1].prefixes, *head))
    return tuple(blocks)


def _stacks(net: nn.Module) -> list[tuple[str, str]]:
    """What is before the names of their layers, and the paths of the encoder and the decoder, or of the only stack."""
    config: Any = net.config
    if not getattr(config, "is_encoder_decoder", False):
        return [("", str(net.base_model_prefix))]
    paths = {id(module): path for path, module in net.named_modules()}
    encoder, decoder = net.get_encoder(), net.get_decoder()  # type: ignore[operator]
    return [("encoder.", paths[id(encoder)]), ("decoder.", paths[id(decoder)])]


def _largest_list(net: nn.Module) -> str | None:
    sizes = {
        name: sum(p.numel() for p in module.parameters())
        for name, module in net.named_modules()
        if isinstance(module, nn.ModuleList)
    }
    largest = max(sizes, key=lambda name: sizes[name], default=None)  # the first of equals is the outermost
    return largest if largest is not None and sizes[largest] else None


def _around(net: nn.Module, path: str) -> tuple[list[str], list[str]]:
    """Paths of what is registered before and after the list at `path`; what all layers share comes before."""
    before: list[str] = []
    after: list[str] = []
    module, prefix = net, ""
    for step in path.split("."):
        before += [prefix + name for name in _own_state(module)]
        names = [name for name, child in module.named_children() if name == step or has_state(child)]
        here = names.index(step)
        later = [name for name in names[here + 1 :] if not any(word in name for word in SHARED)]
        before += [prefix + name for name in names if name != step and name not in later]
        after = [prefix + name for name in later] + after  # what follows the inner list runs first
        module, prefix = module.get_submodule(step), f"{prefix}{step}."
    return before, after


def has_state(module: nn.Module) -> bool:
    """Whether `module` holds any parameter or buffer."""
    return any(True for _ in module.parameters()) or any(True for _ in module.buffers())


def is_norm(module: nn.Module | None) -> bool:
    """Whether `module` is a single normalisation layer, perhaps with an activation in it."""
    named = module is not None and "norm" in type(module).__name__.lower()
    return named and not any(has_state(child) for child in module.children())  # type: ignore[union-attr]


def _own_state(module: nn.Module) -> list[str]:
    own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    return [name for name, _ in own]


def _learns(module: nn.Module) -> bool:
    """Whether `module` holds weights other than those of norms."""
    return any(bool([*part.parameters(recurse=False)]) and not is_norm(part) for part in module.modules())
