"""Splits, classes, columns and the messages for what is wrong with them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Example, Split, Target
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from ftcli.data.splits import Splits, open_split, open_splits, open_unlabelled
from ftcli.errors import ConfigError, DataError
from tests.tiny import data as tiny


def opened(
    data: Data,
    modality: Any = "text",
    wants: str = "category",
    seed: int = 0,
    places: Mapping[str, str] | None = None,
) -> Splits:
    return open_splits(data, inputs=(MODALITIES[modality],), wants=wants, seed=seed, places=places or {})


def mistake(
    data: Data, modality: Any = "text", wants: str = "category", places: Mapping[str, str] | None = None
) -> str:
    with pytest.raises((DataError, ConfigError)) as caught:
        opened(data, modality, wants, places=places)
    return str(caught.value)


def ids(split: Any) -> list[str]:
    return [split[index].id for index in range(len(split))]


def test_a_table_with_usual_names_needs_no_roles(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "train.csv", tiny.reviews(20))
    splits = opened(Data(train=str(path), val=0.2))
    assert splits.val is not None
    assert (len(splits.train), len(splits.val), splits.test) == (16, 4, None)
    assert splits.target.kind == "single-label"
    assert (splits.target.classes, splits.target.counts) == (("bad", "good"), (8, 8))
    example = splits.train[0]
    row = tiny.reviews(20)[int(example.id) - 1]
    assert (example.inputs, example.target) == ({"text": row["text"]}, row["label"])
    assert any("text from column 'text', label from column 'label'" in note for note in splits.notes)


def test_the_only_other_column_is_the_text(tmp_path: Path) -> None:
    rows = [{"label": row["label"], "was sie sagen": row["text"]} for row in tiny.reviews()]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows))))
    assert "film" in splits.train[0].inputs["text"]


def test_a_pair_is_recognised(tmp_path: Path) -> None:
    rows = [{"premise": row["text"], "hypothesis": "good", "label": row["label"]} for row in tiny.reviews()]
    splits = opened(Data(train=str(tiny.jsonl(tmp_path / "a.jsonl", rows))))
    assert set(splits.train[0].inputs) == {"text", "text_pair"}


@pytest.mark.parametrize("kind", ["single", "multi", "number"])
def test_a_carved_split_depends_on_seed_and_ids_alone(tmp_path: Path, kind: str) -> None:
    rows = {"single": tiny.reviews, "multi": tiny.topics, "number": tiny.quantities}[kind](40)
    data = Data(train=str(tiny.table(tmp_path / "a.tsv", rows)), val=0.25, test=0.25,
                label_separator="|" if kind == "multi" else None)  # fmt: skip
    wants: str = "number" if kind == "number" else "category"
    one, same, other = (opened(data, wants=wants, seed=seed) for seed in (1, 1, 2))
    parts = [ids(part) for part in (one.train, one.val, one.test)]
    assert [len(part) for part in parts] == [20, 10, 10]
    assert sorted([*parts[0], *parts[1], *parts[2]], key=int) == [str(number) for number in range(1, 41)]
    assert parts == [ids(part) for part in (same.train, same.val, same.test)]
    assert parts[1] != ids(other.val)


def test_a_fraction_takes_from_each_class_and_leaves_one(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": label} for n, label in enumerate(["a"] * 10 + ["b"] * 2 + ["c"])]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows)), val=0.2))
    assert splits.val is not None
    assert sorted(map(str, splits.val.targets())) == ["a", "a", "b"]
    assert splits.target.counts == (8, 1, 1)


def test_a_rare_label_of_many_stays_in_training(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": "often" + "|rare" * (n == 3)} for n in range(10)]
    path = str(tiny.table(tmp_path / "a.csv", rows))
    for seed in range(8):
        splits = opened(Data(train=path, val=0.5, label_separator="|"), seed=seed)
        assert dict(zip(splits.target.classes, splits.target.counts, strict=True))["rare"] == 1


def test_validation_that_was_not_asked_for_is_told(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews(20)))
    splits = opened(Data(train=path))
    assert splits.val is not None
    assert len(splits.val) == 4
    assert splits.val_fraction == 0.2
    again = opened(Data(train=path, val=0.2))
    assert again.val is not None
    assert [again.val[n].id for n in range(4)] == [splits.val[n].id for n in range(4)]
    assert opened(Data(train=path, val=0.0)).val_fraction is None


def test_classes_restrict_and_order(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": "abc"[n % 3]} for n in range(12)]
    path = str(tiny.table(tmp_path / "a.csv", rows))
    splits = opened(Data(train=path, val=0.0, classes=("c", "a")))
    assert (splits.target.classes, splits.target.counts) == (("c", "a"), (4, 4))
    assert any("8 of 12 examples" in note for note in splits.notes)
    assert "no training example has the class 'cc'. Did you mean 'c'?" in mistake(
        Data(train=path, classes=("a", "cc"))
    )


def test_whole_numbers_are_ordered_as_numbers(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": str(n % 12)} for n in range(24)]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows)), val=0.0))
    assert splits.target.classes == tuple(map(str, range(12)))


def test_class_names_replace_numbers(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": str(n % 2)} for n in range(8)]
    path = str(tiny.table(tmp_path / "a.csv", rows))
    (tmp_path / "names.txt").write_text("poor\ngood\n")
    for names in (("poor", "good"), str(tmp_path / "names.txt")):
        splits = opened(Data(train=path, val=0.0, class_names=names))
        assert splits.target.classes == ("poor", "good")  # by number, not by name
        assert splits.train[1].target == "good"
    message = mistake(Data(train=path, class_names=("poor",)))
    assert message.endswith("a.csv:3: label '1' is not one of 0..0, the 1 names")


def test_per_class_is_seeded(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews(40)))
    one, same, other = (opened(Data(train=path, per_class=3, val=0.5), seed=seed) for seed in (1, 1, 2))
    assert one.target.counts == (3, 3)
    assert one.val is not None
    assert len(one.val) == 20  # validation is taken first
    assert ids(one.train) == ids(same.train) != ids(other.train)


def test_several_labels_and_none(tmp_path: Path) -> None:
    rows = [*tiny.topics(6), {"text": "nothing", "label": ""}]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.tsv", rows)), val=0.0, label_separator="|"))
    assert splits.target.kind == "multi-label"
    assert (splits.target.classes, splits.target.counts) == (("art", "music", "sport"), (4, 4, 2))
    assert splits.train[1].target == ("art", "music")
    assert splits.train[6].target == ()
    assert any("1 examples have no label" in note for note in splits.notes)


@pytest.mark.parametrize("make", [tiny.jsonl, tiny.parquet])
def test_a_list_means_several_labels(tmp_path: Path, make: Any) -> None:
    rows = [{"text": f"t {n}", "label": ["a", "b"][: 1 + n % 2]} for n in range(6)]
    splits = opened(Data(train=str(make(tmp_path / f"a.{make.__name__}", rows)), val=0.0))
    assert splits.target.kind == "multi-label"
    assert splits.train[1].target == ("a", "b")


def test_numbers(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", tiny.quantities())
    splits = opened(Data(train=str(path), val=0.25), wants="number")
    assert (splits.target.kind, splits.target.outputs) == ("number", 1)
    assert splits.train[0].target in [number / 2 for number in range(8)]


@pytest.mark.parametrize("cell", ["many", "nan", "inf", "", "1_0", "1,5"])
def test_what_is_no_number_is_named_with_its_line(tmp_path: Path, cell: str) -> None:
    rows = tiny.quantities()
    rows[2]["score"] = cell
    assert "a.csv:4: the label in column 'score' is " in mistake(
        Data(train=str(tiny.table(tmp_path / "a.csv", rows))), wants="number"
    )


def test_an_empty_label_is_named_with_its_line(tmp_path: Path) -> None:
    rows = [{"text": "two\nlines", "label": "a"}, {"text": "one", "label": " "}]
    message = mistake(Data(train=str(tiny.table(tmp_path / "a.csv", rows))))
    assert "a.csv:4: the label in column 'label' is empty" in message


def test_a_label_that_only_validation_has(tmp_path: Path) -> None:
    train = tiny.table(tmp_path / "a.csv", tiny.reviews())
    val = tiny.table(tmp_path / "b.csv", [*tiny.reviews(), {"text": "so so", "label": "goood"}])
    message = mistake(Data(train=str(train), val=str(val)))
    assert "labels that the training split does not have: 'goood' (1 example, the first at " in message
    assert "b.csv:10; did you mean 'good'?)" in message


def test_a_class_that_validation_lacks_is_a_note(tmp_path: Path) -> None:
    train = tiny.table(tmp_path / "a.csv", tiny.reviews())
    val = tiny.table(tmp_path / "b.csv", tiny.reviews(1))
    splits = opened(Data(train=str(train), val=str(val)))
    assert any("the validation split has no example of bad" in note for note in splits.notes)


def test_empty_texts_are_kept_and_counted(tmp_path: Path) -> None:
    rows = [*tiny.reviews(), {"text": " ", "label": "bad"}]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows)), val=0.0))
    assert len(splits.train) == 9
    assert any("1 text is empty and is kept" in note for note in splits.notes)


def test_messages_begin_with_the_place(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "reviews.csv", tiny.reviews())
    places = {"data": "x.yaml:2", "data.label": "x.yaml:4"}
    message = mistake(Data(train=str(path), label="labl"), places=places)
    assert (
        message
        == f"x.yaml:4: data.label: {path} has no column 'labl'. Did you mean 'label'? It has: text, label"
    )
    message = mistake(Data(train=str(tmp_path / "review.csv")), places=places)
    assert message.startswith(
        f"x.yaml:2: data.train: no such file or folder: {tmp_path / 'review.csv'}. Did you mean"
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"text": "a", "label": "x"}, {"text": "b", "label": "x"}], "only one class, 'x'"),
        ([{"text": "a", "class": "x", "target": "y"}], "has the columns class, target: say which one"),
        ([{"one": "a", "two": "x", "three": "y"}], "If it has no header line, name its columns"),
        ([{"text,label": "a,b"}], "If ',' separates its columns, write delimiter: \",\""),
        ([{"text": "a", "label": "x"}][:1], "only one class"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, rows: list[dict[str, str]], words: str) -> None:
    assert words in mistake(Data(train=str(tiny.table(tmp_path / "a.tsv", rows))))


def test_one_column_cannot_be_two_things(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews()))
    assert "column 'text' is already the text" in mistake(Data(train=path, text="text", label="text"))


@pytest.mark.parametrize(
    ("keys", "modality", "wants", "words"),
    [
        ({"augment": "flip"}, "text", "category", "data.augment: is for images, and this task reads texts"),
        ({"subset": "x"}, "text", "category", "data.subset: has no meaning for"),
        ({"download": False}, "text", "category", "data.download: has no meaning for"),
        ({"root": "."}, "text", "category", "data.root: has no meaning for"),
        (
            {"per_class": 3},
            "text",
            "number",
            "data.per_class: is for classes, and this task predicts a number",
        ),
        ({"per_class": 3, "label_separator": "|"}, "text", "category", "data.per_class: needs one label"),
        ({"label_separator": ""}, "text", "category", "data.label_separator: is empty"),
    ],
)
def test_no_key_is_read_by_nobody(
    tmp_path: Path, keys: dict[str, Any], modality: Any, wants: str, words: str
) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews()))
    assert words in mistake(Data(train=path, **keys), modality, wants)


def test_keys_of_tables_have_no_meaning_for_folders(tmp_path: Path) -> None:
    folder = str(tiny.class_folders(tmp_path))
    message = mistake(Data(source=folder, delimiter=",", label="x", max_length=5), "image")
    assert [line.split(": ")[0] for line in message.splitlines()] == [
        "data.label",
        "data.delimiter",
        "data.max_length",
    ]


def test_fractions_have_bounds(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews()))
    assert "data.val: is 1.5: a fraction" in mistake(Data(train=path, val=1.5))
    assert "val and test together take 1.1" in mistake(Data(train=path, val=0.6, test=0.5))


def test_nothing_to_read() -> None:
    assert "data: say where the examples are" in mistake(Data())
    assert "no data set is called 'cifar-10'. Did you mean 'cifar10'?" in mistake(
        Data(source="cifar-10"), "image"
    )
    assert "no such file or folder" in mistake(Data(source="./nowhere"), "image")


def test_a_folder_of_tables(tmp_path: Path) -> None:
    tiny.table(tmp_path / "train.tsv", tiny.reviews(8))
    tiny.table(tmp_path / "dev.tsv", tiny.reviews(4))
    splits = opened(Data(source=str(tmp_path)))
    assert splits.val is not None
    assert (len(splits.train), len(splits.val)) == (8, 4)


def test_what_is_passed_over_is_noted(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path, {"train": 5, "val": 2})
    splits = opened(Data(source=str(tmp_path), val=0.2), "image")
    assert splits.val is not None
    assert [len(splits.val), any("its split 'val' is not read" in note for note in splits.notes)] == [2, True]
    splits = opened(Data(source=str(tmp_path), test="train"), "image")
    assert any("the test split is the training split itself" in note for note in splits.notes)


def test_evaluating_other_data(tmp_path: Path) -> None:
    data = Data(train=str(tiny.table(tmp_path / "a.csv", tiny.reviews())), text="text")
    target = opened(data).target
    other = tiny.table(tmp_path / "b.csv", tiny.reviews(2))
    options: dict[str, Any] = {"inputs": (TEXT,), "wants": "category", "target": target, "places": {}}
    split = open_split(data, str(other), **options)
    assert list(split.targets()) == ["good", "bad"]
    tiny.table(other, [{"text": "x", "label": "fair"}])
    with pytest.raises(DataError, match="labels that the training split does not have: 'fair'"):
        open_split(data, str(other), **options)
    with pytest.raises(DataError, match=r"^--data: no such file or folder"):
        open_split(data, str(tmp_path / "c.csv"), **options)


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
def test_splits_travel_to_other_processes(tmp_path: Path, make: Any) -> None:
    ending = {"table": "csv"}.get(make.__name__, make.__name__)
    splits = opened(Data(train=str(make(tmp_path / f"a.{ending}", tiny.reviews()))))
    before = [splits.train[index] for index in range(len(splits.train))]
    travelled = pickle.loads(pickle.dumps(splits.train))
    assert [travelled[index] for index in range(len(travelled))] == before
    assert list(travelled.targets()) == [example.target for example in before]


def every(split: Split) -> list[Example]:
    return [split[index] for index in range(len(split))]


def test_a_folder_of_images_needs_no_class_folders_where_nothing_is_labelled(tmp_path: Path) -> None:
    for name in ("a.png", "deep/er/b.png", "c.png", "d.png", "e.png"):
        tiny.image(tmp_path / name)
    (tmp_path / "notes.md").write_text("x")
    splits = open_splits(
        Data(source=str(tmp_path), val=0.4), inputs=(IMAGE,), wants="none", seed=0, places={}
    )
    assert splits.val is not None
    found = [example for split in (splits.train, splits.val) for example in every(split)]
    assert sorted(one.id for one in found) == ["a.png", "c.png", "d.png", "deep/er/b.png", "e.png"]
    assert {one.target for one in found} == {None}
    assert splits.target == Target("none", examples=3)
    assert any("files that are not images were not read: .md (1)" in note for note in splits.notes)
    split = open_split(Data(), str(tmp_path), inputs=(IMAGE,), wants="none", target=splits.target, places={})
    assert (len(split), split[0].target) == (5, None)


def test_a_table_needs_no_label_where_nothing_is_labelled(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"text": f"text {index}", "n": str(index)} for index in range(6)])
    splits = opened(Data(train=str(path), val=0.5), wants="none")
    assert splits.target == Target("none", examples=3)
    assert (splits.train[0].target, list(splits.train[0].inputs)) == (None, ["text"])
    words = mistake(Data(train=str(path), label="label"), wants="none")
    assert "data.label: is for classes, numbers and tags, and this task learns without labels" in words


def test_an_example_may_hold_an_image_and_a_text(tmp_path: Path) -> None:
    tiny.image(tmp_path / "a.png")
    path = tiny.table(
        tmp_path / "a.csv",
        [{"image": "a.png", "caption": "a square", "label": label} for label in "xyxyxyxy"],
    )
    both: dict[str, Any] = {"inputs": (IMAGE, TEXT), "wants": "category", "seed": 0, "places": {}}
    splits = open_splits(Data(train=str(path), val=0.5, image_size=8, max_length=4, text="caption"), **both)
    assert set(splits.train[0].inputs) == {"image", "text"}
    with pytest.raises(ConfigError, match=r"data.audio: is for sounds, and this task reads images and texts"):
        open_splits(Data(train=str(path), audio="x"), **both)


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_columns_are_kept_with_the_examples(tmp_path: Path, make: Any, ending: str) -> None:
    if make.__name__ != {"csv": "table"}.get(ending, ending):
        return
    rows = [
        {"text": f"text {n}", "label": "ab"[n % 2], "gender": "fm"[n % 2], "age": str(n)} for n in range(8)
    ]
    path = make(tmp_path / f"a.{ending}", rows)
    data = Data(train=str(path), val=0.5, keep=("gender", "age"))
    splits = opened(data)
    for split in (splits.train, splits.val):
        assert split is not None
        for example in every(split):
            number = int(example.id) - 1
            assert example.attributes == {"gender": "fm"[number % 2], "age": str(number)}
            assert list(example.inputs) == ["text"]
    bare = opened(replace(data, keep=None))
    assert ids(bare.train) == ids(splits.train)
    assert bare.train[0].attributes == {}
    assert pickle.loads(pickle.dumps(splits.train))[0] == splits.train[0]
    asked = open_unlabelled((TEXT,), [], path, data)
    assert asked[1].attributes == {"gender": "m", "age": "1"}
    other = make(tmp_path / f"b.{ending}", [{"text": "new", "age": "7"}])
    assert open_unlabelled((TEXT,), [], other, data)[0].attributes == {"age": "7"}


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (("gendre",), "has no column 'gendre'. Did you mean 'gender'? It has: text, label, gender"),
        (("label",), "column 'label' is already the label"),
        (("text",), "column 'text' is already the text"),
        (("gender", "gender"), "column 'gender' is named twice"),
    ],
)
def test_columns_that_cannot_be_kept(tmp_path: Path, keep: tuple[str, ...], words: str) -> None:
    rows = [{"text": f"text {n}", "label": "ab"[n % 2], "gender": "fm"[n % 2]} for n in range(8)]
    path = tiny.table(tmp_path / "a.csv", rows)
    assert words in mistake(Data(train=str(path), keep=keep), places={"data.keep": "x.yaml:4"})


def test_a_field_of_file_names_is_kept(tmp_path: Path) -> None:
    for n in range(8):
        tiny.image(tmp_path / f"{'ab'[n % 2]}_ann_{n}.png")
    data = Data(source=str(tmp_path), pattern="{label}_{who}_{n}", keep=("who",), val=0.5)
    assert opened(data, IMAGE.name).train[0].attributes == {"who": "ann"}
    tiny.class_folders(tmp_path / "b")
    words = mistake(Data(source=str(tmp_path / "b"), keep=("who",)), IMAGE.name)
    assert "data.keep: has no meaning for" in words
