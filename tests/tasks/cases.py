"""What each task is taught in a few steps, and by which network: a case follows from the parts of the task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ftcli.config.schema import Data, Experiment, Model, Tokenizer
from ftcli.contracts import Backbone, Block, Boxes, Example, Form, ImagePreprocess, Target, TextPreprocess
from ftcli.contracts.target_kinds import KINDS
from ftcli.losses import LOSSES
from ftcli.media.audio import wav_bytes
from ftcli.models.detection.detector import Detected
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.tasks import OUTLINES, TASKS, Outline
from tests.tasks.inputs.test_texts import tokenizer
from tests.tiny.masks import Painted
from tests.tiny.sounds import tone

IMAGE, TEXT = ImagePreprocess(8, 8), TextPreprocess(tokenizer(), 8)
WORDS = ["ant", "bee", "good film", "very bad film"]
SMALL = {f"{part}_{what}": 1 for part in ("encoder", "decoder") for what in ("layers", "attention_heads")}
SMALL |= {"encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "num_mel_bins": 16}
WRITING = {**SMALL, "d_model": 16, "max_source_positions": 20, "max_target_positions": 8, "dropout": 0.0}
SPEAKING = {
    **SMALL,
    "hidden_size": 16,
    "decoder_layerdrop": 0.0,
    "speech_decoder_prenet_units": 16,
    "speech_decoder_postnet_units": 16,
    "speaker_embedding_dim": 4,
}


class Pixels(nn.Module):
    """Mean colours as features, or with `maps` the colours themselves."""

    def __init__(self, maps: bool = False) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels if self.maps else pixels.mean(dim=(2, 3))


class Tokens(nn.Module):
    """The mean embedding of the tokens that are no padding, or with `each` their embeddings."""

    def __init__(self, each: bool = False) -> None:
        super().__init__()
        self.each = each
        self.embedding = nn.Embedding(8, 3)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        if self.each:
            return torch.as_tensor(self.embedding(input_ids))
        kept = attention_mask.unsqueeze(2)
        mean: torch.Tensor = (self.embedding(input_ids) * kept).sum(1) / kept.sum(1)
        return mean


def pixels() -> Backbone:
    return Backbone(Pixels(), IMAGE, 3, (), "test", "cnn")


def maps() -> Backbone:
    squashed = ImagePreprocess(8, 8, squash=True)
    return Backbone(Pixels(maps=True), squashed, 3, (), "test", "cnn", form="maps")


def tokens() -> Backbone:
    torch.manual_seed(0)
    return Backbone(Tokens(), TEXT, 3, (Block("all", ("embedding",)),), "test", "bert")


def hearing() -> Backbone:
    torch.manual_seed(0)
    options = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = Model("wav2vec2-bert", config={**options, "feature_projection_input_dim": 32})
    return load_backbone("vector", Request(model, "audio"))


def writing() -> Backbone:
    torch.manual_seed(0)
    model = Model("whisper", config=WRITING)
    return load_backbone("transcriber", Request(model, "audio", texts=lambda: WORDS))


def speaking() -> Backbone:
    torch.manual_seed(0)
    return load_backbone(
        "synthesizer", Request(Model("speecht5", config=SPEAKING), "text", texts=lambda: ["ant"])
    )


def low_and_high() -> list[dict[str, Any]]:
    return [{"audio": wav_bytes(tone(0.2, pitch), 8000)} for pitch in (200.0, 2000.0)]


def each_token() -> Backbone:
    torch.manual_seed(0)
    blocks = (Block("all", ("embedding",)),)
    return Backbone(Tokens(each=True), TEXT, 3, blocks, "test", "bert", form="tokens")


def writer() -> Backbone:
    """A network that spells, from nothing."""
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "dropout_rate": 0.0}
    model = Model("t5", config=sizes, tokenizer=Tokenizer("characters"))
    torch.manual_seed(0)
    return load_backbone("seq2seq", Request(model, "text", max_length=16, texts=lambda: WORDS))


def language_model(model_type: str, form: Form) -> Backbone:
    """One that spells, from nothing."""
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = Model(model_type, config=sizes, tokenizer=Tokenizer("characters"))
    words = [inputs["text"] for inputs in gaps()]
    torch.manual_seed(0)
    return load_backbone(form, Request(model, "text", max_length=16, texts=lambda: words))


def gaps() -> list[dict[str, Any]]:
    return [{"text": "good [MASK]"}, {"text": "[MASK] bad film"}]


def photographs() -> list[dict[str, Any]]:
    noise = torch.randint(256, (2, 9, 9, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return [{"image": image.numpy()} for image in noise]


def texts() -> list[dict[str, Any]]:
    return [{"text": "good film"}, {"text": "bad", "text_pair": "very bad film"}]


def sentences() -> list[dict[str, Any]]:
    return [{"text": ("very", "good", "film")}, {"text": ("bad",)}]


def dark_and_light() -> tuple[list[dict[str, Any]], list[Painted]]:
    """Images whose dark half is ground, and their masks."""
    values = np.zeros((2, 9, 9), dtype=np.uint8)
    values[0, :4], values[1, :, 5:] = 1, 1
    images = [{"image": np.repeat(one[..., None] * 250, 3, axis=2)} for one in values]
    return images, [Painted(one, {0: "ground", 1: "sky"}) for one in values]


class Finder(nn.Module):
    """Finds one box in each image, always the same, and learns its class from the mean colour."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, pixels: torch.Tensor, sizes: torch.Tensor, targets: Any = None) -> Detected:
        logits = self.layer(pixels.sum(dim=(2, 3)) / 64)  # without the zeros beside each image
        found = [
            {"boxes": torch.tensor([[1.0, 1, 5, 5]]), "scores": one.max()[None], "labels": one.argmax()[None]}
            for one in logits.softmax(dim=1)
        ]
        if targets is None:
            return Detected({}, found)
        classes = torch.cat([one["labels"] for one in targets])
        return Detected({"class": nn.functional.cross_entropy(logits, classes)}, found)


def finder() -> Backbone:
    torch.manual_seed(0)
    whole = ImagePreprocess(8, 8, longest=16)
    return Backbone(Finder(), whole, 0, (), "test", "cnn", form="detector", head=("layer",))


def dark_then_light() -> list[dict[str, Any]]:
    return [{"image": np.full((9, 9, 3), level, dtype=np.uint8)} for level in (0, 250)]


def boxes() -> list[Boxes]:
    corners = np.array([[1, 1, 5, 5]], dtype=np.float32)
    return [Boxes(("ant",), corners), Boxes(("bee",), corners)]


class Network(NamedTuple):
    """A network of a form, two examples for it, and the rate at which it learns them."""

    backbone: Callable[[], Backbone]
    inputs: Callable[[], list[dict[str, Any]]]
    rate: float = 0.1


class Lesson(NamedTuple):
    """A target, its value for each of the two examples, and the type of a predicted label."""

    target: Target
    values: list[Any]
    label: type = str


NETWORKS: dict[tuple[str, Form], Network] = {
    ("audio", "transcriber"): Network(writing, low_and_high, 1e-2),
    ("audio", "vector"): Network(hearing, low_and_high, 3e-3),
    ("image", "detector"): Network(finder, dark_then_light),
    ("image", "maps"): Network(maps, lambda: dark_and_light()[0]),
    ("image", "vector"): Network(pixels, photographs),
    ("text", "causal"): Network(lambda: language_model("gpt2", "causal"), gaps, 1e-2),
    ("text", "masked"): Network(lambda: language_model("bert", "masked"), gaps, 1e-2),
    ("text", "seq2seq"): Network(writer, texts, 1e-2),
    ("text", "synthesizer"): Network(speaking, lambda: [{"text": "ant"}, {"text": "tan"}], 1e-2),
    ("text", "tokens"): Network(each_token, sentences),
    ("text", "vector"): Network(tokens, texts),
}
LESSONS = {
    "boxes": Lesson(Target("boxes", ("ant", "bee"), (1, 1), 2), boxes(), tuple),
    "category": Lesson(Target("single-label", ("ant", "bee"), (1, 1), 2), ["ant", "bee"]),
    "mask": Lesson(Target("mask", ("ground", "sky"), (1, 1), 2), dark_and_light()[1]),
    "number": Lesson(Target("number", examples=2, mean=3.0, std=2.0), [1.0, 5], float),
    "speech": Lesson(Target("speech"), [one["audio"] for one in low_and_high()]),
    "tags": Lesson(Target("tags", ("B-x", "I-x", "O"), (1, 1, 2), 2), [("B-x", "I-x", "O"), ("O",)], tuple),
    "text": Lesson(Target("text", examples=2), ["film", "bad"]),
    "tokens": Lesson(Target("tokens", examples=2), [True, True]),
    "transcript": Lesson(Target("transcript"), ["ant", "bee"]),
}


@dataclass(frozen=True)
class Case:
    """How a task is taught: a network, and two examples with their targets."""

    network: Network
    lesson: Lesson

    @property
    def backbone(self) -> Callable[[], Backbone]:
        return self.network.backbone

    def examples(self) -> list[Example]:
        pairs = zip(self.network.inputs(), self.lesson.values, strict=True)
        return [Example(str(i), inputs, target) for i, (inputs, target) in enumerate(pairs)]


def of_parts(outline: Outline) -> Case:
    """A new task of parts that others have needs no case of its own."""
    return Case(NETWORKS[outline.inputs[0].name, outline.form], LESSONS[outline.wants])


CASES = {name: of_parts(outline) for name, outline in OUTLINES.items()}


def made(name: str) -> Any:
    """The task, for the network and the target of its case."""
    part, case = TASKS.load(name), CASES[name]
    target = case.lesson.target
    loss = LOSSES.load(KINDS[target.kind].loss)(target=target)
    settings = part.settings(Experiment(name, Data(), Model()))
    return part(target, case.backbone().preprocess, loss=loss, **settings)
