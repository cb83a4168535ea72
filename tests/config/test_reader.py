"""What a configuration may not hold, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.reader import MAX_BYTES, read_file, read_text
from ftcli.config.tree import Node, plain
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


def test_a_path_that_is_not_utf8_is_read_from_escapes() -> None:
    tree, mistakes = read_text('data: "caf\\udce9"', str)
    assert (tree.value["data"].value, mistakes) == ("caf\udce9", [])


@pytest.mark.parametrize("text", ["text,label\na film,1\n", "it is: late, so: 0\n", "a" * 20_000])
def test_data_in_the_place_of_a_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(
        ConfigError, match=r"is not a YAML file .* `ftcli init .*d\.csv > my\.yaml` writes one"
    ):
        read_file(tmp_path / "d.csv")


def test_a_folder_in_the_place_of_a_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Is a directory. If it is data, `ftcli init "):
        read_file(tmp_path)
