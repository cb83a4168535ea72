"""What every task does. A task has a `Case`: what it is taught in a few steps, and by which network."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ftcli.config.schema import Data, Experiment, Model, Tokenizer
from ftcli.contracts import (
    Backbone,
    Block,
    Boxes,
    Example,
    Form,
    ImagePreprocess,
    Target,
    Task,
    TextPreprocess,
)
from ftcli.contracts.target_kinds import KINDS
from ftcli.losses import LOSSES
from ftcli.media.audio import wav_bytes
from ftcli.models.detection.detector import Detected
from ftcli.models.load import load_backbone
from ftcli.models.network import Network
from ftcli.models.request import Request
from ftcli.tasks import OUTLINES, TASKS, Outline
from tests.passes import loss_of
from tests.tasks.test_texts import tokenizer
from tests.tiny.masks import Painted
from tests.tiny.sounds import tone

IMAGE, TEXT = ImagePreprocess(8, 8), TextPreprocess(tokenizer(), 8)
CLASSES = Target("single-label", ("ant", "bee"), (1, 1), 2)
NUMBERS = Target("number", examples=2, mean=3.0, std=2.0)
MASKS = Target("mask", ("ground", "sky"), (1, 1), 2)
TAGS = Target("tags", ("B-x", "I-x", "O"), (1, 1, 2), 2)
TEXTS = Target("text", examples=2)
TOKENS = Target("tokens", examples=2)
BOXES = Target("boxes", ("ant", "bee"), (1, 1), 2)
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
MASKS = Target("mask", ("ground", "sky"), (1, 1), 2)
TAGS = Target("tags", ("B-x", "I-x", "O"), (1, 1, 2), 2)
TEXTS = Target("text", examples=2)
TOKENS = Target("tokens", examples=2)
BOXES = Target("boxes", ("ant", "bee"), (1, 1), 2)


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
    return load_backbone("transcriber", Request(model, "audio", texts=lambda: ["ant", "bee"]))


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
    words = ["good film", "very bad film"]
    return load_backbone("seq2seq", Request(model, "text", max_length=16, texts=lambda: words))


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


@dataclass(frozen=True)
class Case:
    """How a task is taught: `inputs` and their `targets`, two of each."""

    modality: str
    wants: str
    target: Target
    backbone: Callable[[], Backbone]
    inputs: Callable[[], list[dict[str, Any]]]
    targets: list[Any]
    label: type = str  # of a prediction
    settings: dict[str, Any] = field(default_factory=dict)
    rate: float = 0.1  # of learning

    def examples(self) -> list[Example]:
        pairs = zip(self.inputs(), self.targets, strict=True)
        return [Example(str(i), inputs, target) for i, (inputs, target) in enumerate(pairs)]


def of_vectors(outline: Outline) -> Case:
    """What is learned from a vector: the same of anything that one can be made of."""
    backbone, inputs, rate = {
        "image": (pixels, photographs, 0.1), "text": (tokens, texts, 0.1), "audio": (hearing, low_and_high, 3e-3),
    }[outline.inputs[0].name]  # fmt: skip
    target, targets, label = {
        "category": (CLASSES, ["ant", "bee"], str), "number": (NUMBERS, [1.0, 5], float),
    }[outline.wants]  # fmt: skip
    return Case(outline.inputs[0].name, outline.wants, target, backbone, inputs, targets, label, rate=rate)  # type: ignore[arg-type]


CASES = {
    **{name: of_vectors(outline) for name, outline in OUTLINES.items() if outline.form == "vector"},
    "object-detection": Case("image", "boxes", BOXES, finder, dark_then_light, boxes(), tuple),
    "speech-recognition": Case(
        "audio", "transcript", Target("transcript"), writing, low_and_high, ["ant", "bee"], rate=1e-2
    ),
    "speech-synthesis": Case(
        "text",
        "speech",
        Target("speech"),
        speaking,
        lambda: [{"text": "ant"}, {"text": "tan"}],
        [one["audio"] for one in low_and_high()],
        rate=1e-2,
    ),
    "token-classification": Case(
        "text", "tags", TAGS, each_token, sentences, [("B-x", "I-x", "O"), ("O",)], tuple
    ),
    "semantic-segmentation": Case(
        "image", "mask", MASKS, maps, lambda: dark_and_light()[0], dark_and_light()[1]
    ),
    "translation": Case("text", "text", TEXTS, writer, texts, ["film", "bad"], rate=0.01),
    "summarization": Case("text", "text", TEXTS, writer, texts, ["film", "bad"], rate=0.01),
    "causal-language-modelling": Case(
        "text", "tokens", TOKENS, lambda: language_model("gpt2", "causal"), gaps, [True, True], rate=0.01
    ),
    "masked-language-modelling": Case(
        "text", "tokens", TOKENS, lambda: language_model("bert", "masked"), gaps, [True, True], rate=0.01
    ),
}


def made(name: str) -> Any:
    part, case = TASKS.load(name), CASES[name]
    loss = LOSSES.load(KINDS[case.target.kind].loss)(target=case.target)
    settings = part.settings(Experiment(name, Data(), Model()))
    return part(case.target, case.backbone().preprocess, loss=loss, **settings | case.settings)


def test_every_task_has_a_case() -> None:
    assert set(CASES) == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_learns_from_rows_and_predicts_them(name: str) -> None:
    one: Task = made(name)
    model = one.attach(CASES[name].backbone())
    assert isinstance(model, Network)
    encoded = [one.encode(example) for example in CASES[name].examples()]
    batch = one.collate(encoded, training=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=CASES[name].rate)
    losses = []
    for _ in range(30):
        loss = loss_of(one, model, batch)
        optimizer.zero_grad()
        torch.autograd.backward(loss.total / loss.count)
        optimizer.step()
        losses.append(loss.total.item())
    assert losses[-1] < 0.5 * losses[0]
    unlabelled = [one.encode(Example(e.id, e.inputs)) for e in CASES[name].examples()]
    predictions = one.predictions(model.eval(), one.collate(unlabelled, training=False))
    assert [prediction.id for prediction in predictions] == ["0", "1"]
    assert all(isinstance(prediction.label, CASES[name].label) for prediction in predictions)
    rows = [row for prediction in predictions for row in prediction.rows()]
    assert {tuple(row) for row in rows} == {tuple(rows[0])}  # one table


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_what_it_is(name: str) -> None:
    one = TASKS.load(name)
    assert (one.inputs[0].name, one.wants) == (CASES[name].modality, CASES[name].wants)
    assert made(name).metrics()


@pytest.mark.parametrize("name", TASKS)
def test_a_task_goes_to_the_processes_that_read_data(name: str) -> None:
    one = made(name)
    other = pickle.loads(pickle.dumps(one))
    batches = [t.collate([t.encode(e) for e in CASES[name].examples()], training=True) for t in (one, other)]
    torch.testing.assert_close(batches[0].inputs, batches[1].inputs, rtol=0, atol=0)


@pytest.mark.parametrize("name", TASKS)
def test_the_parts_of_a_batch_are_the_batch(name: str) -> None:
    """Examples of different lengths, cut apart: each keeps its inputs and targets, so that losses and counts add up."""
    one: Task = made(name)
    model = one.attach(CASES[name].backbone()).double().eval()
    examples = [*CASES[name].examples(), *CASES[name].examples()[::-1]]
    encoded = [one.encode(example) for example in examples]
    batch = one.collate(encoded, training=True).each(lambda t: t.double() if t.is_floating_point() else t)
    whole = loss_of(one, model, batch)
    for cuts in [(0, 2, 4), (0, 1, 4), (0, 1, 2, 3, 4)]:
        parts = [batch.part(*pair) for pair in pairwise(cuts)]
        assert [id_ for part in parts for id_ in part.ids] == [*batch.ids]
        losses = [loss_of(one, model, part) for part in parts]
        torch.testing.assert_close(torch.stack([loss.total for loss in losses]).sum(), whole.total)
        torch.testing.assert_close(torch.stack([loss.count for loss in losses]).sum(), whole.count)
    middle = batch.part(1, 4).part(1, 2)
    torch.testing.assert_close(loss_of(one, model, middle).total, loss_of(one, model, batch.part(2, 3)).total)
