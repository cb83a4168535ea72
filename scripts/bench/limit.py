"""The limit: plain PyTorch, written for speed. Nothing computed twice, every step in the form the hardware likes.

For ResNets of torchvision and BERTs (`embeddings`, `encoder.layer`) of Hugging Face.
"""

from __future__ import annotations

import contest

if __name__ == "__main__":
    ORDER = contest.parse(__doc__)  # before the heavy imports, so that --help answers at once

import ctypes
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contest import MAX_TOKENS, MEAN, STD, Order
from networks import frozen_layers, head
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
Batch = tuple[Any, Tensor]  # what the network takes, and classes (B,)
Epoch = Callable[[], Iterator[Batch]]


def native_bf16() -> bool:
    """Whether this machine multiplies bf16 itself."""
    if DEVICE.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    flags = torch.cpu.get_capabilities()
    return any(flags.get(flag) for flag in ("amx_bf16", "avx512_bf16", "bf16"))


FAST = torch.bfloat16 if native_bf16() else torch.float32


def autocast() -> AbstractContextManager[Any]:
    """bf16 where it is native."""
    return torch.autocast(DEVICE.type, dtype=torch.bfloat16, enabled=torch.bfloat16 == FAST)


def shuffled(count: int, size: int, split: str) -> tuple[Tensor, ...]:
    """The rows of each batch; those of training in random order."""
    rows: Any = torch.randperm(count) if split == "train" else torch.arange(count)
    return tuple(rows.to(DEVICE).split(size))


# -------------------------------------------------------------------------------------------------------- images


def decode(path: Path, size: int) -> np.ndarray[Any, Any]:
    """Pixels (size, size, 3) of uint8; a JPEG is decoded at the smallest scale that is large enough."""
    side = size * 8 // 7
    with Image.open(path) as image:
        image.draft("RGB", (side, side))
        scale = side / min(image.size)
        whole = image.convert("RGB").resize(
            (max(side, round(image.width * scale)), max(side, round(image.height * scale))),
            Image.Resampling.BILINEAR,
        )
    left, top = (whole.width - size) // 2, (whole.height - size) // 2
    return np.asarray(whole.crop((left, top, left + size, top + size)))


def pictures(order: Order, split: str) -> tuple[Tensor, Tensor]:
    """Pixels (N, 3, size, size) of uint8, channels last in memory, and classes (N,)."""
    folders = sorted(path for path in (order.data / split).iterdir() if path.is_dir())
    files = [(path, index) for index, folder in enumerate(folders) for path in sorted(folder.iterdir())]
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:  # Pillow lets go of the interpreter's lock
        decoded = list(pool.map(lambda item: decode(item[0], order.image_size), files))
    pixels = torch.from_numpy(np.stack(decoded)).permute(0, 3, 1, 2)
    return pixels.to(DEVICE), torch.tensor([index for _, index in files], device=DEVICE)


def normalised(pixels: Tensor) -> Tensor:
    """Pixels as the weights expect them."""
    mean = torch.tensor(MEAN, device=DEVICE).view(1, 3, 1, 1) * 255
    std = torch.tensor(STD, device=DEVICE).view(1, 3, 1, 1) * 255
    return ((pixels.float() - mean) / std).contiguous(memory_format=torch.channels_last)


def folded(net: nn.Module) -> Any:
    """A copy for inference: batch norms in the convolutions, channels last, the fastest precision."""
    from torch.fx.experimental.optimization import fuse

    fused: Any = fuse(net.eval())
    return fused.to(DEVICE, FAST, memory_format=torch.channels_last)


@torch.inference_mode()
def computed(net: nn.Module, pixels: Any) -> Tensor:
    """What the frozen `net` makes of all pixels, each once."""
    return torch.cat([net(normalised(chunk).to(FAST)) for chunk in pixels.split(64)]).clone()


def load_resnet(order: Order) -> Any:
    """The torchvision network with its weights."""
    from torchvision import models

    net = models.get_model(order.architecture, weights=None)
    net.load_state_dict(torch.load(order.model, weights_only=True))
    return net


def images(order: Order, net: Any) -> tuple[Any, Epoch, Epoch]:
    """The network that trains, and its training and validation batches."""
    last, net.fc = head(order, net.fc.in_features), nn.Identity()
    splits = {split: pictures(order, split) for split in ("train", "val")}
    part: Any
    prepare: Callable[[Tensor], Tensor]
    if order.work.frozen == "none":
        net.fc = last
        part, prepare = net.to(DEVICE, memory_format=torch.channels_last), normalised
    else:
        stages = nn.Sequential(
            *(child for name, child in net.named_children() if name not in ("fc", "avgpool"))
        )
        lower, upper = (stages, nn.Identity()) if order.work.frozen == "all" else (stages[:-1], stages[-1])
        pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        frozen = folded(nn.Sequential(lower, pooled) if order.work.frozen == "all" else lower)
        splits = {split: (computed(frozen, pixels), classes) for split, (pixels, classes) in splits.items()}
        part = last if order.work.frozen == "all" else nn.Sequential(upper, pooled, last)
        part, prepare = part.to(DEVICE, memory_format=torch.channels_last), Tensor.float

    def epoch(split: str) -> Iterator[Batch]:
        inputs, classes = splits[split]
        for rows in shuffled(len(inputs), order.batch_size, split):
            yield prepare(inputs[rows]), classes[rows]

    return part, lambda: epoch("train"), lambda: epoch("val")


# --------------------------------------------------------------------------------------------------------- texts


class Mean(nn.Module):
    """A transformer, the mean of its tokens, and the head: ids or features (B, T[, W]) and a mask (B, T) to logits."""

    def __init__(self, net: Any, last: nn.Module) -> None:
        super().__init__()
        self.net, self.last = net, last

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        states = self.net(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).to(states.dtype)
        logits: Tensor = self.last((states * mask).sum(1) / mask.sum(1))
        return logits


class PassOn(nn.Module):
    """In the place of embeddings that were computed before."""

    def forward(self, inputs_embeds: Tensor, **_: Any) -> Tensor:
        return inputs_embeds


def similar(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Batches of similar length in random order: chunks of 32 batches are sorted, then all batches are shuffled."""
    rows = random.sample(range(len(lengths)), len(lengths))
    chunks = [
        sorted(rows[at : at + 32 * size], key=lengths.__getitem__) for at in range(0, len(rows), 32 * size)
    ]
    batches = [chunk[at : at + size] for chunk in chunks for at in range(0, len(chunk), size)]
    return random.sample(batches, len(batches))


def padded(name: str, items: Sequence[Tensor]) -> dict[str, Tensor]:
    """Ids or features of several texts as long as the longest of them, and their mask."""
    mask = pad_sequence([torch.ones(len(item), dtype=torch.long, device=item.device) for item in items], True)
    values = pad_sequence(list(items), True)
    return {name: values.to(DEVICE), "attention_mask": mask.to(DEVICE)}


@torch.inference_mode()
def states(lower: Any, ids: Sequence[Tensor]) -> list[Tensor]:
    """What the frozen layers make of each text (T, W), each once, longest first so that padding is small."""
    kept: list[Tensor] = [torch.empty(0)] * len(ids)
    rows = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
    with autocast():
        for at in range(0, len(rows), 64):
            chunk = rows[at : at + 64]
            found = lower(**padded("input_ids", [ids[row] for row in chunk])).last_hidden_state.to(FAST)
            for row, state in zip(chunk, found, strict=True):
                kept[row] = state[: len(ids[row])].clone()
    return kept


def load_transformer(order: Order) -> Any:
    """The Hugging Face network without its pooler, and its tokenizer."""
    from transformers import AutoModel, AutoTokenizer

    net = AutoModel.from_pretrained(order.model, add_pooling_layer=False)
    return net.to(DEVICE), AutoTokenizer.from_pretrained(order.model)


def text(order: Order, loaded: Any) -> tuple[nn.Module, Epoch, Epoch]:
    """The network that trains, and its training and validation batches."""
    net, tokenizer = loaded
    last = head(order, net.config.hidden_size).to(DEVICE)
    lines = {split: contest.texts(order.data, split) for split in ("train", "val")}
    classes = {split: torch.tensor(labels, device=DEVICE) for split, (_, labels) in lines.items()}
    items = {
        split: [
            torch.tensor(ids) for ids in tokenizer(words, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        ]
        for split, (words, _) in lines.items()
    }
    name, part = "input_ids", Mean(net, last)
    if order.work.frozen != "none":
        layers = len(net.encoder.layer)
        count = layers if order.work.frozen == "all" else frozen_layers(layers)
        lower = deepcopy(net).eval()
        lower.encoder.layer = lower.encoder.layer[:count]
        items = {split: states(lower, ids) for split, ids in items.items()}
        net.encoder.layer, net.embeddings = net.encoder.layer[count:], PassOn()
        name = "inputs_embeds"
    if order.work.frozen == "all":
        means = {split: torch.stack([item.float().mean(0) for item in kept]) for split, kept in items.items()}
        training, validation = (_rows(order, means[split], classes[split], split) for split in means)
        return last, training, validation

    def epoch(split: str) -> Iterator[Batch]:
        for rows in similar([len(item) for item in items[split]], order.batch_size):
            batch = padded(name, [items[split][row] for row in rows])
            batch[name] = batch[name].float() if name == "inputs_embeds" else batch[name]
            yield batch, classes[split][rows]

    return part, lambda: epoch("train"), lambda: epoch("val")


def _rows(order: Order, features: Tensor, classes: Tensor, split: str) -> Epoch:
    """Batches of stored features; those of training are shuffled."""

    def epoch() -> Iterator[Batch]:
        for chosen in shuffled(len(features), order.batch_size, split):
            yield features[chosen], classes[chosen]

    return epoch


# --------------------------------------------------------------------------------------------------------- train


def train(part: nn.Module, order: Order, training: Epoch, validation: Epoch) -> float:
    """Train for the epochs ordered, scoring after each; gives the last accuracy."""
    optimizer = torch.optim.AdamW(part.parameters(), lr=order.work.rate, weight_decay=0.01, fused=True)
    accuracy = 0.0
    for _ in range(order.epochs):
        part.train()
        for inputs, classes in training():
            with autocast():
                loss = nn.functional.cross_entropy(part(inputs), classes)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        accuracy = score(part, validation)
    return accuracy


@torch.inference_mode()
def score(part: nn.Module, validation: Epoch) -> float:
    """The share of right answers."""
    part.eval()
    right, count = torch.zeros((), device=DEVICE), 0
    for inputs, classes in validation():
        with autocast():
            right += (part(inputs).argmax(1) == classes).sum()
        count += len(classes)
    return float(right) / count


def keep_memory() -> None:
    """Stop glibc from giving freed activations back to the system, which zeroes the pages of new ones in every step."""
    if DEVICE.type == "cpu" and sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.mallopt(-4, 0)  # M_MMAP_MAX
        libc.mallopt(-1, -1)  # M_TRIM_THRESHOLD


def main(order: Order) -> None:
    """Do the work and write the result."""
    keep_memory()
    torch.manual_seed(0)
    random.seed(0)
    pictured = order.work.modality == "images"
    load, divide = (load_resnet, images) if pictured else (load_transformer, text)
    loaded = load(order)
    begin = time.perf_counter()
    part, training, validation = divide(order, loaded)
    accuracy = train(part, order, training, validation)
    contest.finish(order, accuracy=accuracy, training=time.perf_counter() - begin)


if __name__ == "__main__":
    main(ORDER)
