"""YAML 1.2 scalars, places, and files that cannot be read."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.reader import MAX_BYTES, read_file, read_text
from ftcli.config.tree import Node, places_of, plain, resolve
from ftcli.errors import ConfigError


def read(text: str) -> tuple[Node, list[str]]:
    tree, mistakes = read_text(text, lambda line: f"x.yaml:{line}")
    return tree, [str(mistake) for mistake in mistakes]


def refused(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read_file(path)
    return str(caught.value).replace(str(tmp_path) + "/", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("1E3", 1000.0), (".5", 0.5), ("-1.", -1.0), ("+3", 3), ("010", 10), ("0x1F", 31),
        ("0o17", 15), (".inf", math.inf), ("-.Inf", -math.inf), ("true", True), ("False", False), ("", None),
        ("~", None), ("null", None), ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"), ("inf", "inf"), ("nan", "nan"), ("1_000", "1_000"), ("0b1", "0b1"),
        ("1e", "1e"), (".", "."), ("-", "-"), ("9" * 5000, "9" * 5000), ("tRue", "tRue"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    assert (resolve(text), type(resolve(text))) == (value, type(value))


def test_nan_is_a_float() -> None:
    assert math.isnan(resolve(".nan"))


def test_quoted_scalars_are_text() -> None:
    tree, _ = read("a: '1'\nb: \"true\"\nc: |\n  no\n")
    assert plain(tree) == {"a": "1", "b": "true", "c": "no\n"}
    assert tree.value["a"].text is None


def test_every_key_has_a_place() -> None:
    tree, _ = read(
        "task: t\n\ntraining:\n  epochs: 3\n  deep: {a: 1,\n    b: 2}\nclasses:\n- x\n- {y: z}\nlist: [1,\n 2]\n"
    )
    assert dict(places_of(tree)) == {
        "task": "x.yaml:1", "training": "x.yaml:3", "training.epochs": "x.yaml:4", "training.deep": "x.yaml:5",
        "training.deep.a": "x.yaml:5", "training.deep.b": "x.yaml:6", "classes": "x.yaml:7",
        "classes[0]": "x.yaml:8", "classes[1]": "x.yaml:9", "classes[1].y": "x.yaml:9", "list": "x.yaml:10",
        "list[0]": "x.yaml:10", "list[1]": "x.yaml:11",
    }  # fmt: skip


def test_numbers_remember_how_they_were_written() -> None:
    tree, _ = read("a: [010, 1.10, 1e-4, 3]")
    assert plain(tree)["a"] == (10, 1.1, 1e-4, 3)
    assert [node.text for node in tree.value["a"].value] == ["010", "1.10", "1e-4", "3"]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("a: 1\nb: 2\na: 3", "x.yaml:3: a: given twice; the first is at x.yaml:1"),
        ("t:\n  a: 1\n  a: 3", "x.yaml:3: t.a: given twice; the first is at x.yaml:2"),
        ("a: &x 1", "x.yaml:1: a: an anchor (&x) is not supported"),
        ("a: &x 1\nb: *x", "x.yaml:2: b: an alias (*x) is not supported"),
        ("a: !!str 1", "x.yaml:1: a: a tag (tag:yaml.org,2002:str) is not supported"),
        ("a: !mine [1]", "x.yaml:1: a: a tag (!mine) is not supported"),
        ("a: 1\n<<: {b: 1}", "x.yaml:2: merging (<<) is not supported; write the keys out"),
        ("a:\n  [1, 2]: 3", "x.yaml:2: a: a key must be a name"),
        ("a:\n  '': 3", "x.yaml:2: a: a key must be a name"),
        ("a: 1\n---\nb: 2", "x.yaml:2: a second document begins here"),
        ("%YAML 1.1\n---\na: no", "a % directive is not supported"),
        ('a: 1\nb: "x\\0y"', r"x.yaml:2: b: holds the character \0"),
    ],
)
def test_what_yaml_allows_and_a_configuration_does_not(text: str, mistake: str) -> None:
    _, mistakes = read(text)
    assert any(mistake in one for one in mistakes), mistakes


def test_the_first_of_two_equal_keys_counts_and_reading_goes_on() -> None:
    tree, mistakes = read("a: 1\na: 2\nb: &x 3\nc: 4")
    assert plain(tree) == {"a": 1, "b": 3, "c": 4}
    assert len(mistakes) == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.yaml:1: the file is empty"),
        (b"# only a comment\n", "x.yaml:1: the file is empty"),
        (b"- a\n- b\n", "x.yaml:1: the top level of the file is not 'key: value' lines"),
        (b"cifar10", "x.yaml:1: the top level of the file is not 'key: value' lines"),
        (b"task: a\ndata: \xe9t\xe9\n", "x.yaml:2: byte 0xe9 is not UTF-8"),
        ("task: a".encode("utf-16"), "x.yaml:1: the file is UTF-16 or UTF-32; save it as UTF-8"),
        (b"task: a\n\ndata: x\x00y\n", "x.yaml:3: the character U+0000 cannot stand in YAML"),
        (b"training:\n\tepochs: 3\n", "x.yaml:2: training: cannot be read as YAML: a tab cannot indent"),
        (b"task: a\ndata: [1, 2\nmodel: x\n", "x.yaml:2: data"),
        (b"task: a\ndata: 'x\nmodel: y\n", "x.yaml:2: data: cannot be read as YAML: a quote is not closed"),
        (b"task: a\ndata: b: c\n", "x.yaml:2: data: cannot be read as YAML: a ':' cannot stand here"),
        (
            b"task: a\ndata\nmodel: x\n",
            "x.yaml:2: task: cannot be read as YAML: this line has no 'key: value'",
        ),
        (b"task: @a\n", "x.yaml:1: task: cannot be read as YAML: a value cannot begin like this; quote it"),
        (b"task: a\ndata: {a: 1}\n model: x\n", "x.yaml:3: data.a: cannot be read as YAML"),
        (b"a: " + b"[" * 30 + b"]" * 30, "nested deeper than 20 levels"),
        (b"a: " + b"[" * 5000, "nested deeper than 20 levels"),
        (b"a: " + b"x" * MAX_BYTES, "x.yaml: is larger than 1 MiB"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, data: bytes, message: str) -> None:
    assert message in refused(tmp_path, data)


def test_a_byte_order_mark_of_utf_8_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbftask: a\r\n")
    assert plain(read_file(tmp_path / "x.yaml")[0]) == {"task": "a"}


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "resnet_cifar.yaml").write_text("task: a")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(ConfigError) as caught:
        read_file(tmp_path / "resnet_cfar.yaml")
    message = str(caught.value)
    assert "no such file. Did you mean 'resnet_cifar.yaml'?" in message
    assert str(tmp_path) in message
    assert "notes" not in message


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere/x.yaml", "no such folder"), (".", "cannot be read"), ("a\0b.yaml", "cannot be read")],
)
def test_paths_that_cannot_be_read(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_file(tmp_path / name)
