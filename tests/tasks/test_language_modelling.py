"""What is particular to tasks that predict tokens: which count, how they are hidden, and what is written."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.config.generation import Generation
from ftcli.config.schema import Data, Experiment, Model
from ftcli.contracts import Backbone, Batch, Encoded, Example, Form, Target, TextPreprocess
from ftcli.errors import ConfigError, DataError
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.tasks.language_modelling import CausalLanguageModelling, MaskedLanguageModelling
from tests.passes import loss_of, scored
from tests.tiny.language_models import MODELS

TARGET = Target("tokens", examples=2)
LONG, SHORT = "a good film and the food was great", "a bad room"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("language")
    torch.manual_seed(0)
    return {name: MODELS[name][1](root / name) for name in ("gpt2", "llama", "bert")}


def backbone(made: dict[str, str], name: str, max_length: int = 32) -> Backbone:
    form: Form = MODELS[name][0]  # type: ignore[assignment]
    return load_backbone(form, Request(Model(made[name]), "text", max_length=max_length))


def causal(
    network: Backbone, *, packing: bool = False, prompted: bool = False, **settings: Any
) -> CausalLanguageModelling:
    generation = Generation(max_new_tokens=settings.pop("room", 4), **settings)
    return CausalLanguageModelling(
        TARGET,
        preprocess(network),
        CrossEntropy(target=TARGET),
        packing=packing,
        prompted=prompted,
        generation=generation,
    )


def masked(network: Backbone, *, packing: bool = False, probability: float = 0.15) -> MaskedLanguageModelling:
    loss = CrossEntropy(target=TARGET)
    return MaskedLanguageModelling(
        TARGET, preprocess(network), loss, packing=packing, probability=probability
    )


def preprocess(network: Backbone) -> TextPreprocess:
    assert isinstance(network.preprocess, TextPreprocess)
    return network.preprocess


def tokenizer(network: Backbone) -> Any:
    return preprocess(network).tokenizer


def ids(network: Backbone, text: str) -> list[int]:
    """The tokens of a text without special ones."""
    found: list[int] = tokenizer(network)(text, add_special_tokens=False)["input_ids"]
    return found


def encoded(one: Any, *texts: str, target: Any = True, **others: str) -> list[Encoded]:
    return [one.encode(Example(str(n), {"text": text, **others}, target)) for n, text in enumerate(texts)]


def batch(one: Any, *texts: str, target: Any = True, training: bool = False, **others: str) -> Batch:
    found: Batch = one.collate(encoded(one, *texts, target=target, **others), training=training)
    return found


# ----------------------------------------------------------------------------------------------------- what comes next


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_the_loss_is_the_one_that_transformers_computes(made: dict[str, str], name: str) -> None:
    network = backbone(made, name)
    one = causal(network)
    model = one.attach(network).eval()
    given = batch(one, LONG, SHORT)
    loss = loss_of(one, model, given)
    ids, mask = given.inputs["input_ids"], given.inputs["attention_mask"]
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    labels = ids.masked_fill(mask == 0, -100)
    theirs = network.module.net(input_ids=ids, attention_mask=mask, position_ids=positions, labels=labels)  # type: ignore[operator]
    # Theirs counts the first token of a text that is padded on the left, which nothing comes before.
    assert loss.count == mask.sum() - 2
    starts = mask.argmax(dim=1)[1]
    logits = theirs.logits[1, starts - 1].log_softmax(0)
    extra = -logits[ids[1, starts]]
    torch.testing.assert_close(loss.total, theirs.loss * (loss.count + 1) - extra)


def test_texts_end_and_answers_alone_are_learned(made: dict[str, str]) -> None:
    network = backbone(made, "gpt2")
    end = tokenizer(network).eos_token_id
    words = partial(ids, network)
    plain = batch(causal(network), SHORT)
    assert plain.targets.tolist() == [*words(SHORT), end][1:]
    one = causal(network, prompted=True)
    rows = [
        one.encode(Example("0", {"text": LONG, "target": "good"}, True)),
        one.encode(Example("1", {"text": SHORT, "target": "bad film"}, True)),
    ]
    answers = one.collate(rows, training=True)
    assert answers.targets.tolist() == [*words("good"), end, *words("bad film"), end]
    assert answers.inputs["input_ids"][0].tolist() == [*words(LONG + "\n"), *words("good"), end]


def test_a_long_prompt_loses_its_beginning_and_a_long_answer_its_end(made: dict[str, str]) -> None:
    network = backbone(made, "gpt2", max_length=8)
    one = causal(network, prompted=True)

    def whole(text: str, answer: str) -> dict[str, Tensor]:
        return one.encode_inputs([Example("0", {"text": text, "target": answer}, True)])[0]

    words = partial(ids, network)
    long_prompt = whole(LONG * 3, "bad")
    answer = [*words("bad"), tokenizer(network).eos_token_id]
    assert long_prompt["input_ids"].tolist() == [*words(LONG * 3 + "\n")[-(8 - len(answer)) :], *answer]
    long_both = whole(LONG * 3, LONG * 3)
    assert long_both["prompt"].item() == 4
    assert long_both["input_ids"].tolist() == [*words(LONG * 3 + "\n")[-4:], *words(LONG * 3)[:4]]
    assert len(whole("a", LONG * 3)["input_ids"]) == 8


def test_a_text_is_continued_whatever_it_is_padded_with(made: dict[str, str]) -> None:
    network = backbone(made, "gpt2")
    one = causal(network)
    model = one.attach(network).eval()
    together = one.predictions(model, batch(one, LONG, SHORT, "", target=None))
    alone = [one.predictions(model, batch(one, text, target=None))[0] for text in (LONG, SHORT, "")]
    assert [prediction.label for prediction in together] == [prediction.label for prediction in alone]
    assert all(isinstance(prediction.label, str) for prediction in together)


def test_random_continuations_are_the_same_each_time(made: dict[str, str]) -> None:
    network = backbone(made, "gpt2")
    one = causal(network, temperature=5.0, room=12, min_new_tokens=12)
    model = one.attach(network).eval()
    first, again = (one.predictions(model, batch(one, LONG, target=None))[0].label for _ in range(2))
    assert first == again
    assert (
        first
        != causal(network, room=12, min_new_tokens=12)
        .predictions(model, batch(one, LONG, target=None))[0]
        .label
    )


def test_the_room_for_a_continuation_is_kept_free(made: dict[str, str]) -> None:
    network = backbone(made, "gpt2", max_length=12)
    ids = batch(causal(network, room=5), LONG * 3, target=None).inputs["input_ids"]
    assert ids.shape == (1, 7)
    assert ids[0].tolist() == tokenizer(network)(LONG * 3)["input_ids"][-7:]
    with pytest.raises(ConfigError, match=r"12 leaves no room for a prompt, as data.max_length is 12"):
        causal(network, room=12)


def test_texts_that_are_cut_are_counted(made: dict[str, str]) -> None:
    network = backbone(made, "gpt2", max_length=12)
    texts = [Example(str(n), {"text": text}, True) for n, text in enumerate((LONG * 3, "a"))]
    assert causal(network, packing=True).notes(texts) == []  # type: ignore[arg-type]
    (note,) = causal(network).notes(texts)  # type: ignore[arg-type]
    assert note == "1 of 2 texts have more than 12 tokens (data.max_length): the rest is cut off"
    (note,) = causal(network, room=5).notes([replace(one, target=None) for one in texts])  # type: ignore[arg-type]
    assert note.startswith("1 of 2 texts have more than 7 tokens")
    assert note.endswith("their beginning is not read")
    answers = [replace(one, inputs={"text": "a", "target": one.inputs["text"]}) for one in texts]
    (note,) = causal(network, prompted=True).notes(answers)  # type: ignore[arg-type]
    assert note.startswith(
        "1 of 2 texts have more than 12 tokens (data.max_length): prompts lose their beginning"
    )


def test_prompts_are_not_packed(made: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="not joined to others"):
        causal(backbone(made, "gpt2"), packing=True, prompted=True)


# -------------------------------------------------------------------------------------------------- what is hidden


def test_masks_change_in_training_and_never_in_evaluation(made: dict[str, str]) -> None:
    one = masked(backbone(made, "bert"), probability=0.5)
    rows = encoded(one, LONG, SHORT)
    later = [Encoded(row.id, row.inputs, row.target, seed=99) for row in rows]
    trained, evaluated = (
        [one.collate(part, training=training) for part in (rows, later)] for training in (True, False)
    )
    assert not torch.equal(trained[0].inputs["counted"], trained[1].inputs["counted"])
    assert torch.equal(evaluated[0].inputs["input_ids"], evaluated[1].inputs["input_ids"])
    alone = one.collate(later[1:], training=False)
    assert evaluated[0].targets.tolist()[-len(alone.targets) :] == alone.targets.tolist()


def test_logits_are_those_of_the_counted_places(made: dict[str, str]) -> None:
    network = backbone(made, "bert")
    one = masked(network, probability=0.5)
    model = one.attach(network).eval()
    given = batch(one, LONG, SHORT)
    inputs = {name: value for name, value in given.inputs.items() if name != "counted"}
    chosen, everything = model(**given.inputs), model(**inputs)
    assert chosen.shape == (len(given.targets), len(tokenizer(network)))
    torch.testing.assert_close(chosen, everything[given.inputs["counted"]])
    loss = scored(one, model, given, metrics := one.metrics())
    assert metrics["perplexity"].compute()["perplexity"] == pytest.approx(
        (loss.total / loss.count).exp().item(), rel=1e-5
    )


def test_nothing_to_predict_has_no_loss(made: dict[str, str]) -> None:
    network = backbone(made, "bert")
    one = masked(network)
    loss = loss_of(one, one.attach(network), batch(one, "", ""))
    assert (loss.total.item(), loss.count.item()) == (0.0, 0.0)


def test_packed_texts_are_bare_and_parted(made: dict[str, str]) -> None:
    network = backbone(made, "bert")
    one = masked(network, packing=True)
    ends = tokenizer(network)
    assert one.packing is not None
    assert (one.packing.before, one.packing.after) == ((ends.cls_token_id,), (ends.sep_token_id,))
    (row,) = encoded(one, SHORT)
    assert row.inputs["input_ids"].tolist() == ends(SHORT)["input_ids"][1:]
    assert one.encoding != masked(network).encoding


def test_gaps_are_filled(made: dict[str, str]) -> None:
    network = backbone(made, "bert")
    one = masked(network, packing=True)
    model = one.attach(network).eval()
    texts = ("a [MASK] film", "the [MASK] was [MASK] and good")
    together = one.predictions(model, batch(one, *texts, target=None))
    alone = [one.predictions(model, batch(one, text, target=None))[0] for text in texts]
    assert [one.label for one in together] == [one.label for one in alone]
    assert [len(one.label.split()) >= size for one, size in zip(together, (2, 3), strict=True)] == [
        True,
        True,
    ]
    assert "MASK" not in together[1].label
    assert 0 < (together[1].probability or 0) < (together[0].probability or 0) < 1
    with pytest.raises(DataError, match=r"0: no \[MASK\] to fill among its first 32 tokens"):
        batch(one, "a film", target=None)


def test_answers_are_for_what_continues() -> None:
    with pytest.raises(ConfigError, match="answers are for causal language modelling"):
        MaskedLanguageModelling.settings(Experiment("", Data(target="b"), Model()))
