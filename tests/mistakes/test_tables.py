"""Mistakes in tables, and in losses, metrics and options that do not fit what the tables hold."""

from __future__ import annotations

from pathlib import Path

from tests.mistakes.case import TEXTS, Case, Damage, each, refused, write
from tests.running import Command


def rows(*lines: str) -> Damage:
    """A table in place of the reviews."""
    return write("reviews.csv", "".join(f"{line}\n" for line in lines))


TABLES = [
    Case("no such file", ("x.yaml:3: data.train: no such file or folder", "Did you mean 'reviews.csv'?"),
        "reviews.csv", "review.csv"),
    Case("no such column",
        ("x.yaml:4: data.text: reviews.csv has no column 'txt'. Did you mean 'text'? It has: text, label",),
        "val: 0.25", "text: txt"),
    Case("no column for the label", ("x.yaml:2: data.text: no column of reviews.csv looks like the text",
        "a, b, c"), damage=rows("a,b,c", "x,y,z")),
    Case("one column for two roles", ("column 'text' is already the text",), "val: 0.25",
        "text: text\n  label: text"),
    Case("a column twice", ("reviews.csv: more than one column is called 'text'",),
        damage=rows("text,text,label", "a,b,c")),
    Case("another separator", ('write delimiter: ";"',),
        damage=rows("text;label", "a good film;good", "a bad film", "a film")),
    Case("no header", ("If it has no header line, name its columns",),
        damage=rows("a good film,1", "a bad film,0")),
    Case("an empty table", ("reviews.csv is empty",), damage=write("reviews.csv", "")),
    Case("a header alone", ("reviews.csv has no rows",), damage=rows("text,label")),
    Case("a ragged row", ("reviews.csv:3: this row has 3 columns, where the first line has 2", "needs quotes"),
        damage=rows("text,label", "a,good", "b, and c,bad")),
    Case("an open quote", ("reviews.csv:2: this row cannot be split into columns", "quoting: false"),
        damage=rows("text,label", '"a film,good', "b,bad")),
    Case("another encoding", ("reviews.csv:3: the text is not UTF-8 (byte 0xe9 at character 4)",),
        damage=write("reviews.csv", "text,label\na,good\ncaf\xe9,bad\n".encode("latin-1"))),
    Case("UTF-16", ("reviews.csv:1: the text looks like UTF-16",),
        damage=write("reviews.csv", "text,label\na,good\n".encode("utf-16"))),
    Case("a blank label", ("reviews.csv:3: the label in column 'label' is empty: every example needs a label",),
        damage=rows("text,label", "a,good", "b, ")),
    Case("one label only", ("only one class, 'good'",), damage=rows("text,label", *["a,good"] * 8)),
    Case("a label that is no number",
        ("reviews.csv:3: the label in column 'label' is 'n/a', which is not a number",),
        overrides=("task=text-regression",), damage=rows("text,label", "a,1.5", "b,n/a")),
    Case("a label that is NaN", ("reviews.csv:3", "'nan', which is not a finite number"),
        overrides=("task=text-regression",), damage=rows("text,label", "a,1.5", "b,nan")),
    Case("the same number everywhere", ("all 2 labels are 1.5: nothing to learn",),
        overrides=("task=text-regression",), damage=rows("text,label", "a,1.5", "b,1.5")),
    Case("a label that only validation has",
        ("dev.csv: the validation split has labels that the training split does not have",
        "'goood' (1 example, the first at dev.csv:2; did you mean 'good'?)"), "val: 0.25", "val: dev.csv",
        damage=write("dev.csv", "text,label\na,goood\n")),
    Case("an empty validation table", ("dev.csv has no rows",), "val: 0.25", "val: dev.csv",
        damage=write("dev.csv", "text,label\n")),
    Case("a validation table without the column", ("dev.csv has no column 'label'",), "val: 0.25", "val: dev.csv",
        damage=write("dev.csv", "text,topic\na,good\n")),
    Case("a format that is not read", ("files that end in '.xlsx' are not read: .csv",), "reviews.csv",
        "reviews.xlsx", damage=write("reviews.xlsx", b"PK")),
    Case("JSON with several lists", ("a.json: one list of objects is wanted", "several: films, books"),
        "reviews.csv", "a.json", damage=write("a.json", '{"films": [{"text": "a"}],\n "books": [{"text": "b"}]}')),
    Case("a JSON line without a key", ("a.jsonl:2: no key 'label'",), "reviews.csv", "a.jsonl",
        damage=write("a.jsonl", '{"text": "a", "label": "b"}\n{"text": "c"}\n')),
    Case("a Parquet file that is none", ("a.parquet is not a Parquet file",), "reviews.csv", "a.parquet",
        damage=write("a.parquet", "text,label\n")),
    Case("names for fewer classes than there are",
        ("data.class_names: reviews.csv:3: label '1' is not one of 0..0",), "val: 0.25", "class_names: [bad]",
        damage=rows("text,label", "a,0", "b,1")),
    Case("no such file of names", ("data.class_names", "no such file or folder"), "val: 0.25",
        "class_names: names.txt"),
    Case("an augmentation of texts", ("x.yaml:4: data.augment: is for images, and this task reads texts",),
        "val: 0.25", "augment: flip"),
    Case("a separator of labels for numbers",
        ("data.label_separator: is for classes, and this task predicts a number",),
        overrides=("task=text-regression", "data.label_separator=|")),
    Case("views of texts", ("x.yaml:6: data.cache.views: nothing changes the inputs at random here",),
        "max_length: 16", "cache: {views: 3}"),
    Case("more tokens than the model takes", ("takes at most 64 tokens, not 4096: set data.max_length to 64",),
        "max_length: 16", "max_length: 4096"),
    Case("no room for a token", ("x.yaml:6: data.max_length: 2 leaves no room beside the 2 special tokens",),
        "max_length: 16", "max_length: 2"),
    Case("mse for classes",
        ("command line: loss: 'mse' does not fit a single-label target. These do: cross-entropy, focal",),
        overrides=("loss=mse",)),
    Case("bce for one label", ("loss: 'bce' does not fit a single-label target",), overrides=("loss=bce",)),
    Case("cross-entropy for numbers", ("loss: 'cross-entropy' does not fit a number target. These do: mse",),
        overrides=("task=text-regression", "loss=cross-entropy"),
        damage=rows("text,label", "a,1.5", "b,2.5", "c,3", "d,4", "e,5", "f,6", "g,7", "h,8")),
    Case("a label smoothing above one",
        ("command line: loss.label_smoothing: 1.5 is not at least 0 and below 1",),
        overrides=("loss={name: cross-entropy, label_smoothing: 1.5}",)),
    Case("class weights for another number of classes",
        ("loss.class_weights: 3 weights for 2 classes", "bad, good"),
        overrides=("loss={name: cross-entropy, class_weights: [1, 2, 3]}",)),
    Case("a class weight of zero", ("loss.class_weights: 0.0 for class 'bad'",),
        overrides=("loss={name: cross-entropy, class_weights: [0, 1]}",)),
    Case("Nesterov without momentum", ("optimizer.nesterov: needs a momentum above 0",),
        overrides=("optimizer={name: sgd, lr: 0.1, momentum: 0, nesterov: true}",)),
    Case("what only validation gives a meaning, without a validation split",
        ("training.metric: needs a validation split", "training.early_stop: needs a validation split",
         "schedule: needs a validation split", "data.val: 0.2"), "val: 0.25", "val: none",
        overrides=("training.metric=accuracy", "training.early_stop=2", "schedule=plateau")),
    Case("an unknown metric",
        ("x.yaml:10: training.metric: no figure is called 'acuracy'. Did you mean 'accuracy'?",), "epochs: 1",
        "metric: acuracy"),
    Case("a metric of another kind", ("x.yaml:10: training.metric: no figure is called 'pearson'",
        "There are: loss, accuracy"), "epochs: 1", "metric: pearson"),
]  # fmt: skip


@each(TABLES)
def test_mistakes_in_tables(case: Case, ftcli: Command, texts: Path) -> None:
    case.write(TEXTS)
    refused(ftcli, case.said, "train", "x.yaml", *case.overrides)
