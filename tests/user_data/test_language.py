"""Texts as users have them: tags in other schemes, a word a row, prompts and chats; predictions that join with them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import ConfigError, DataError, printable
from ftcli.metrics.entities import Entities
from ftcli.runs.inference.predictor import Predictor
from tests.data.sources.tagged import opened, read
from tests.running import Command
from tests.tiny import data as tiny
from tests.tiny import sounds, speech
from tests.tiny.tags import SENTENCES, conll, tagged

TAGGER = """task: token-classification
data: {train: FILE, val: 0.25}
model:
  backbone: bert
  config: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16}
  tokenizer: {kind: wordpiece, vocab_size: 120}
training: {epochs: 1, device: cpu}
"""


def test_predictions_have_the_words_of_the_data(ftcli: Command, workplace: Path) -> None:
    """Tweets: words such as @anna and =) ."""
    rows = [(["@anna", "=)", "-x(1)", "Oslo"], ["O", "O", "O", "B-place"])] * 8
    conll(workplace / "tweets.conll", rows)
    (workplace / "x.yaml").write_text(TAGGER.replace("FILE", "tweets.conll"))
    ftcli.ok("train", "x.yaml")
    shown = ftcli.ok("predict", "runs/x", "--input", "tweets.conll")
    ftcli.ok("predict", "runs/x", "--input", "tweets.conll", "--output", "p.csv")
    for text in (shown, Path("p.csv").read_text()):
        words = [row["word"] for row in csv.DictReader(io.StringIO(text))]
        assert words == [word for row, _ in rows for word in row]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("B_PER", lambda mark, name: f"{mark}_{name}"),
        ("PER-B", lambda mark, name: f"{name}-{mark}"),
        ("b-per", lambda mark, name: f"{mark}-{name}".lower()),
        ("BMES", lambda mark, name: f"{'M' if mark == 'I' else mark}-{name}"),
    ],
)
def test_entities_are_counted_whole_however_tags_are_written(
    tmp_path: Path, form: str, written: object
) -> None:
    assert callable(written)
    rows = [
        (words, [tag if tag == "O" else written(*tag.split("-")) for tag in tags])
        for words, tags in tagged(8)
    ]
    conll(tmp_path / "train.conll", rows)
    splits = opened(tmp_path)
    metric = Entities.of(splits.target.classes)
    truth = [tags for _, tags in rows]
    metric.update(truth, truth)
    names = {"person", "place"}
    assert [(row["class"], row["support"]) for row in metric.table()] == [(name, 4) for name in sorted(names)]


def test_a_table_may_have_a_word_a_row(ftcli: Command, workplace: Path) -> None:
    """The entity set of Kaggle: the number of the sentence stands in its first row."""
    lines = ["Sentence #,Word,POS,Tag"]
    for number, (words, tags) in enumerate(tagged(8), start=1):
        for place, (word, tag) in enumerate(zip(words, tags, strict=True)):
            lines.append(f"{'' if place else f'Sentence: {number}'},{word},NN,{tag}")
    (workplace / "ner.csv").write_text("\n".join(lines) + "\n")
    splits = opened(workplace, source=None, train="ner.csv")
    assert read(splits.train) == [(words, tags) for words, tags in SENTENCES * 2]
    assert recognise(Path("ner.csv")).data["sentence"] == "Sentence #"
    assert recognise(Path()).data == recognise(Path("ner.csv")).data
    (workplace / "x.yaml").write_text(TAGGER.replace("FILE", "ner.csv, text: Word, label: Tag"))
    assert "8 sentences of 40 words, by column 'Sentence #'" in ftcli.ok("train", "x.yaml")
    bare = [line.rsplit(",", 2)[0] for line in lines]
    (workplace / "new.csv").write_text("\n".join(bare) + "\n")
    rows = list(csv.DictReader(io.StringIO(ftcli.ok("predict", "runs/x", "--input", "new.csv"))))
    assert [row["word"] for row in rows] == [word for words, _ in tagged(8) for word in words]
    assert [row["id"] for row in rows[:6]] == ["Sentence: 1"] * 6
    assert "ner.csv: loss" in ftcli.ok("eval", "runs/x", "--data", "ner.csv")


WRITER = """task: causal-language-modelling
data: {train: FILE, val: 0.25}
model:
  backbone: gpt2
  config: {n_embd: 16, n_layer: 1, n_head: 2, n_positions: 64}
  tokenizer: {kind: bpe, vocab_size: 300}
training: {epochs: 1, device: cpu}
generation: {max_new_tokens: 4}
"""
ALPACA = [
    {"instruction": f"say {n}", "input": "" if n % 2 else f"word {n}", "output": f"said {n}"}
    for n in range(8)
]


def lm(path: Path, wants: str = "tokens", **keys: Any) -> Splits:
    data = Data(**{"train": str(path), "val": 0.0, **keys})
    return open_splits(data, inputs=(TEXT,), wants=wants, seed=0, places={})


@pytest.mark.parametrize("wants", ["tokens", "text"])
@pytest.mark.parametrize(
    ("names", "texts"),
    [
        ("prompt completion", ("say 0", "said 0")),
        ("prompt response", ("say 0", "said 0")),
        ("question answer", ("say 0", "said 0")),
        ("instruction output", ("say 0", "said 0")),
        ("instruction input output", ("say 0\n\nword 0", "said 0")),
        ("question context answer", ("say 0\n\nword 0", "said 0")),
    ],
)
def test_prompts_and_answers_are_known_by_name(tmp_path: Path, wants: str, names: str, texts: object) -> None:
    first, *between, last = names.split()
    rows = [
        {first: row["instruction"], **dict.fromkeys(between, row["input"]), last: row["output"]}
        for row in ALPACA
    ]
    splits = lm(tiny.jsonl(tmp_path / "d.jsonl", rows), wants)
    one = splits.train[0]
    assert (one.inputs["text"], one.inputs.get("target", one.target)) == texts
    assert splits.settled == {"text": first, "target": last, **({"context": between[0]} if between else {})}
    assert splits.train[1].inputs["text"] == "say 1"
    found = recognise(tmp_path / "d.jsonl")
    assert (found.task, found.data["text"], found.data["target"]) == (
        "causal-language-modelling",
        first,
        last,
    )
    assert found.data.get("context") == (between[0] if between else None)


def test_what_is_left_out_of_prompts_is_noted(tmp_path: Path) -> None:
    path = tiny.jsonl(tmp_path / "d.jsonl", [{**row, "id": 1, "history": ""} for row in ALPACA])
    assert any("target from column 'output'; not read: id, history" in note for note in lm(path).notes)
    notes = lm(path, text="instruction", target="output").notes
    assert any("not read: input, id, history; data.context joins one to the text" in note for note in notes)


def messages(question: str, answer: str | None) -> list[dict[str, str]]:
    turns = [("system", "Judge."), ("user", question), *([("assistant", answer)] if answer else [])]
    return [{"role": role, "content": content} for role, content in turns]


def test_chats_are_trained_scored_and_answered(ftcli: Command, workplace: Path) -> None:
    rows = [{"messages": messages(f"text {n}", ("good", "bad")[n % 2])} for n in range(12)]
    tiny.jsonl(workplace / "d.jsonl", rows)
    (workplace / "x.yaml").write_text(WRITER.replace("FILE", "d.jsonl"))
    out = ftcli.ok("train", "x.yaml", "--verbose")
    assert "text from column 'messages'" in out
    assert "turns are written by a plain template, as the tokenizer has none" in out
    assert "perplexity" in ftcli.ok("eval", "runs/x", "--data", "d.jsonl")
    assert (workplace / "runs/x/model/chat_template.jinja").read_text().startswith("{% if bos_token")
    tiny.jsonl(workplace / "new.jsonl", [{"messages": messages("text 1", None)}, *rows[1:2]])
    table = list(csv.DictReader(io.StringIO(ftcli.ok("predict", "runs/x", "new.jsonl"))))
    assert [row["id"] for row in table] == ["1", "2"]
    assert table[0]["label"] == table[1]["label"]
    assert len(list(csv.DictReader(io.StringIO(ftcli.ok("predict", "runs/x", "text 1"))))) == 1
    predictor = Predictor.open("runs/x")
    (said,) = predictor.predict([{"text": messages("text 1", None)}])
    assert printable(said.label) == table[0]["label"]
    with pytest.raises(DataError, match="turn 1 is of the role 'tool'"):
        predictor.predict([{"text": [{"role": "tool", "content": "3"}]}])
    assert "the turns of a chat are not joined" in ftcli.refused(
        "train", "x.yaml", "data.packing=true", "output=y"
    )
    assert recognise(Path("d.jsonl")).data == {"train": "d.jsonl", "text": "messages"}
    masked = (
        "task=masked-language-modelling",
        "model.backbone=bert",
        "model.config={hidden_size: 12, num_hidden_layers: 1, intermediate_size: 8}",
        "output=y",
    )
    assert "data.text: chats are for causal" in ftcli.refused(
        "train", "x.yaml", *masked, "generation.max_new_tokens=null"
    )


@pytest.mark.parametrize("make", [tiny.jsonl, tiny.parquet])
def test_chats_have_the_forms_of_openai_and_sharegpt(tmp_path: Path, make: Any) -> None:
    shares = [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]
    for column, cell in (("messages", messages("a", "b")), ("conversations", shares)):
        path = make(tmp_path / f"{column}.{make.__name__}", [{column: cell}] * 2)
        splits = lm(path)
        assert splits.settled == {"chat": True}
        assert splits.train[0].inputs["text"][-2:] == (("user", "a"), ("assistant", "b"))


CHAT_MISTAKES: list[tuple[list[Any], dict[str, Any], str]] = [
    (
        [messages("a", "b"), messages("a", None)],
        {},
        "d.jsonl:2: the chat in column 'messages' has no turn of the assistant. data.missing_labels: skip",
    ),
    (
        [messages("a", "b"), [{"role": "tool", "content": "3"}]],
        {},
        "d.jsonl:2: the chat in column 'messages': turn 1",
    ),
    ([messages("a", "b"), "a"], {}, "d.jsonl:2: the chat in column 'messages' is not a list of messages"),
    ([messages("a", "b")], {"chat": False}, "data.chat: "),
    (["a", "b"], {"chat": True}, "has texts without answers"),
]


@pytest.mark.parametrize(("cells", "keys", "words"), CHAT_MISTAKES)
def test_chats_that_cannot_be_learned_are_refused(
    tmp_path: Path, cells: list[Any], keys: dict[str, Any], words: str
) -> None:
    path = tiny.jsonl(tmp_path / "d.jsonl", [{"messages": cell} for cell in cells])
    with pytest.raises((DataError, ConfigError)) as error:
        lm(path, text="messages", **keys)
    assert words in str(error.value)


def test_chats_without_an_answer_may_be_left_out(tmp_path: Path) -> None:
    rows = [{"messages": messages("a", "b" if n else None)} for n in range(3)]
    splits = lm(tiny.jsonl(tmp_path / "d.jsonl", rows), missing_labels="skip")
    assert (len(splits.train), len(splits.skipped)) == (2, 1)
    assert any("1 of the 3 rows" in note and "left out" in note for note in splits.notes)


def test_one_stray_character_keeps_the_head_that_spells(ftcli: Command, workplace: Path) -> None:
    """A published wav2vec2 spells in capitals; of the transcripts one has digits."""
    speech.spelling(workplace / "wav2vec2")
    said = ["low hill", "high", "Low 24", "oil"]
    lines = [
        f"{sounds.sound(workplace / f'{n}.wav', 1.0, rate=16000).name},{text}" for n, text in enumerate(said)
    ]
    (workplace / "m.csv").write_text("\n".join(["audio,text", *lines]) + "\n")
    (workplace / "x.yaml").write_text(
        "task: speech-recognition\ndata: {train: m.csv, val: none}\nmodel: wav2vec2\ntraining: {device: cpu}\n"
    )
    note = "1 of 4 transcripts hold characters that the CTC head of the model lacks (2 4): it is used, with a new"
    assert note in ftcli.ok("train", "x.yaml", "--dry-run", "--verbose")
