"""Texts as users have them: tags in other schemes, a word a row, prompts and chats; predictions that join with them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ftcli.data.discovery.recognise import recognise
from ftcli.metrics.entities import Entities
from tests.data.sources.tagged import opened, read
from tests.running import Command
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
    (workplace / "x.yaml").write_text(TAGGER.replace("FILE", "ner.csv, text: Word, label: Tag"))
    assert "8 sentences of 40 words, by column 'Sentence #'" in ftcli.ok("train", "x.yaml")
    bare = [line.rsplit(",", 2)[0] for line in lines]
    (workplace / "new.csv").write_text("\n".join(bare) + "\n")
    rows = list(csv.DictReader(io.StringIO(ftcli.ok("predict", "runs/x", "--input", "new.csv"))))
    assert [row["word"] for row in rows] == [word for words, _ in tagged(8) for word in words]
    assert [row["id"] for row in rows[:6]] == ["Sentence: 1"] * 6
    assert "ner.csv: loss" in ftcli.ok("eval", "runs/x", "--data", "ner.csv")
