"""What is particular to tasks that write a text for a text."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.config.generation import Generation
from ftcli.config.schema import Data, Experiment, Model
from ftcli.contracts import Backbone, Batch, Example, Target
from ftcli.errors import ConfigError, DataError
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from ftcli.tasks.targets.texts import TextCodec
from ftcli.tasks.text_to_text import TextToText
from tests.passes import loss_of, scored
from tests.tiny import language_models as tiny

TEXTS = Target("text", examples=2)
LONG, SHORT = "a good film and the food was great", "a bad room"
LANGUAGES: dict[str, dict[str, Any]] = {"mbart": {"source_language": "en_XX", "target_language": "ro_RO"}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("writers")
    torch.manual_seed(0)
    return {name: tiny.MODELS[name][1](root / name) for name in ("t5", "marian", "mbart")}


def backbone(made: dict[str, str], name: str = "t5", max_length: int | None = 12) -> Backbone:
    model = Model(made[name], **LANGUAGES.get(name, {}))
    return load_backbone("seq2seq", Request(model, "text", max_length=max_length))


def task(network: Backbone, smoothing: float = 0.0, **settings: Any) -> TextToText:
    loss = CrossEntropy(target=TEXTS, label_smoothing=smoothing)
    return TextToText(TEXTS, network.preprocess, loss, **settings)


def batch(one: TextToText, *pairs: tuple[str, str | None]) -> Batch:
    examples = [Example(str(n), {"text": text}, target) for n, (text, target) in enumerate(pairs)]
    return one.collate([one.encode(example) for example in examples], training=False)


@pytest.mark.parametrize("name", ["t5", "marian", "mbart"])
def test_the_loss_is_the_one_that_transformers_computes(made: dict[str, str], name: str) -> None:
    network = backbone(made, name)
    one = task(network)
    model = one.attach(network).eval()
    given = batch(one, (LONG, "two dogs"), (SHORT, "one dog and a cat"))
    loss = loss_of(one, model, given)
    labels: Tensor = given.targets["labels"]
    theirs = network.module.net(**given.inputs, labels=labels).loss  # type: ignore[operator]
    assert loss.count == (labels >= 0).sum()
    torch.testing.assert_close(loss.total / loss.count, theirs)


def test_label_smoothing_is_that_of_pytorch(made: dict[str, str]) -> None:
    network = backbone(made)
    one = task(network, smoothing=0.1)
    model = one.attach(network).eval()
    given = batch(one, (LONG, "two dogs"), (SHORT, "one dog and a cat"))
    labels = given.targets["labels"]
    logits = model(**given.inputs, decoder_input_ids=network.module.decoder_inputs(labels))  # type: ignore[operator]
    expected = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=0.1)
    loss = loss_of(one, model, given)
    torch.testing.assert_close(loss.total / loss.count, expected)


def test_the_loss_of_a_batch_is_the_sum_of_those_of_its_texts(made: dict[str, str]) -> None:
    network = backbone(made)
    one = task(network)
    model = one.attach(network).eval()
    pairs = ((LONG, "two dogs"), (SHORT, "one dog and a cat"))
    together = loss_of(one, model, batch(one, *pairs))
    alone = [loss_of(one, model, batch(one, pair)) for pair in pairs]
    torch.testing.assert_close(together.total, alone[0].total + alone[1].total)


def test_labels_end_with_the_end_and_are_padded_on_the_right(made: dict[str, str]) -> None:
    network = backbone(made, max_length=6)
    tokenizer: Any = network.preprocess.tokenizer  # type: ignore[union-attr]
    one = task(network)
    labels = batch(one, (SHORT, "dog"), (SHORT, LONG)).targets["labels"]
    assert labels.shape == (2, 6)
    assert labels[1, -1] == tokenizer.eos_token_id  # also where the text is cut
    size = len(tokenizer(text_target="dog")["input_ids"])
    assert (labels[0] >= 0).tolist() == [True] * size + [False] * (6 - size)


def test_texts_are_scored_by_what_the_model_writes_alone(made: dict[str, str]) -> None:
    network = backbone(made)
    one = task(network, generation=Generation(max_new_tokens=5))
    model = one.attach(network).eval()
    written = [
        prediction.label for prediction in one.predictions(model, batch(one, (LONG, None), (SHORT, None)))
    ]
    given = batch(one, (LONG, written[0] or "a"), (SHORT, written[1] or "a"))
    metrics = one.metrics()
    scored(one, model, given, metrics)
    assert metrics["translation"].outputs == written  # type: ignore[attr-defined]
    assert metrics["rouge"].targets == given.targets["texts"]  # type: ignore[attr-defined]


def test_figures_compare_with_the_whole_target_however_it_is_cut_for_learning(made: dict[str, str]) -> None:
    network = backbone(made)
    one = task(network, generation=Generation(max_new_tokens=3))
    given = batch(one, (SHORT, LONG))
    assert given.targets["labels"].shape == (1, 3)
    assert given.targets["texts"] == [LONG]


def test_random_texts_are_the_same_each_time(made: dict[str, str]) -> None:
    network = backbone(made)
    write = partial(task, network, generation=Generation(temperature=5.0, min_new_tokens=8))
    model = write().attach(network).eval()
    given = batch(write(), (LONG, None), (SHORT, None))
    first, again, other = (
        [prediction.label for prediction in write(seed=seed).predictions(model, given)] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_a_prefix_comes_before_every_source(made: dict[str, str]) -> None:
    network = backbone(made)
    plain, prefixed = task(network), task(network, prefix="translate: ")
    example = Example("1", {"text": "a film"})
    longer = replace(example, inputs={"text": "translate: a film"})
    found, expected = prefixed.encode(example), plain.encode(longer)
    assert torch.equal(found.inputs["input_ids"], expected.inputs["input_ids"])
    assert plain.encoding != prefixed.encoding


def test_texts_that_are_cut_are_counted(made: dict[str, str]) -> None:
    one = task(backbone(made, max_length=6), generation=Generation(max_new_tokens=4))
    rows = [Example(str(n), {"text": (LONG, "a")[n % 2]}, ("a", LONG, LONG)[n % 3]) for n in range(6)]
    assert one.notes(rows) == [  # type: ignore[arg-type]
        "3 of 6 texts have more than 6 tokens (data.max_length): the rest is cut off",
        "4 of 6 texts to write have more than 4 tokens (generation.max_new_tokens): the rest is cut off",
    ]


def test_the_longest_target_says_how_much_is_written(made: dict[str, str]) -> None:
    rows: Any = [Example(str(n), {"text": "a"}, text) for n, text in enumerate((SHORT, LONG, "a"))]
    network = backbone(made, max_length=40)
    preprocess: Any = network.preprocess
    longest = len(preprocess.tokenizer(LONG)["input_ids"])

    def chosen(generation: Generation) -> Any:
        experiment = replace(Experiment("translation", Data(), Model()), generation=generation)
        return TextToText.choices(experiment, rows, preprocess)

    (value, _) = chosen(Generation())["generation.max_new_tokens"]
    assert longest < value <= 1.2 * longest + 1
    assert chosen(Generation(min_new_tokens=30))["generation.max_new_tokens"][0] == 30
    assert chosen(Generation(max_new_tokens=5)) == chosen(Generation(min_new_tokens=40)) == {}


def test_of_many_texts_some_are_looked_at(made: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.tasks.lengths.LOOKED_AT", 5)
    rows = [Example(str(n), {"text": LONG}, "a") for n in range(12)]
    (note,) = task(backbone(made, max_length=6)).notes(rows)  # type: ignore[arg-type]
    assert note.startswith("4 of 4 texts")


def test_a_target_that_is_no_text_is_refused(made: dict[str, str]) -> None:
    with pytest.raises(DataError, match="7: 3 is not a text"):
        task(backbone(made)).encode(Example("7", {"text": "a"}, 3))


def test_an_empty_target_is_an_end(made: dict[str, str]) -> None:
    ids, text = TextCodec(backbone(made).preprocess.tokenizer, 5).encode(Example("1", {}, ""))  # type: ignore[union-attr]
    assert (len(ids), text) == (1, "")


def test_more_tokens_than_the_network_has_positions_for_are_refused(made: dict[str, str]) -> None:
    network = backbone(made, "marian")
    with pytest.raises(ConfigError, match="100 is more than the 64 tokens that this network can write"):
        task(network, generation=Generation(max_new_tokens=100)).attach(network)


def test_languages_are_those_of_the_model_section_also_in_a_run(made: dict[str, str], tmp_path: Path) -> None:
    network = backbone(made, "mbart")
    save_backbone_files(network, tmp_path)
    again = rebuild_backbone("mbart", tmp_path)
    again.module.load_state_dict(network.module.state_dict())
    written = []
    for one in (network, again):
        writer = task(one, generation=Generation(max_new_tokens=6))
        given = batch(writer, (LONG, "two dogs"))
        found = one.module.eval().generate(**given.inputs, max_new_tokens=6, num_beams=1)  # type: ignore[operator]
        written.append((given.inputs["input_ids"], given.targets["labels"], found))
    for ours, theirs in zip(*written, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(
    ("name", "model", "said"),
    [
        ("mbart", {}, "model.source_language: is required"),
        ("mbart", {"source_language": "en_XX", "target_language": "ro"}, "no 'ro'"),
        ("t5", {"target_language": "ro_RO"}, "this model has no codes of languages"),
    ],
)
def test_wrong_languages_are_refused(
    made: dict[str, str], name: str, model: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_backbone("seq2seq", Request(Model(made[name], **model), "text"))
