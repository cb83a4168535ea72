"""Files that were made to do harm: each is refused in a moment, in a few words, and nothing in it is followed."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ftcli.config.load import load_experiment
from ftcli.errors import MOST, ConfigError

MIB = 1 << 20
LETTERS = "abcdefgh"


def bomb(first: str, item: str) -> str:
    """Each line has nine of the line before: 9 to the power of 8 values, if they were followed."""
    pairs = zip(LETTERS, LETTERS[1:] + "i", strict=True)
    lines = (item.format(name=name, nine=", ".join([f"*{before}"] * 9)) for before, name in pairs)
    return "\n".join([first, *lines])


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "a Python object": ("task: !!python/object/apply:os.system [touch owned]", "x.yaml:1: task: a tag (tag:yaml"),
    "a Python name": ("data: !!python/name:os.system", "x.yaml:1: data: a tag (tag:yaml"),
    "a Python module": ("model: !!python/module:antigravity", "x.yaml:1: model: a tag (tag:yaml"),
    "a tag of its own": ("%TAG ! tag:x,2000:\n---\ntask: !b c", "x.yaml:3: task: a tag (tag:x,2000:b)"),
    "an alias bomb": (bomb("a: &a [x, x]", "{name}: &{name} [{nine}]"), "x.yaml:2: b[0]: an alias (*a)"),
    "a merge bomb": (bomb("a: &a {k: v}", "{name}: &{name} {{<<: [{nine}]}}"), "x.yaml:2: b[0]: an alias (*a)"),
    "an alias of itself": ("task: &a [*a]", "x.yaml:1: task[0]: an alias (*a) is not supported"),
    "60,000 anchors": (f"task: [{', '.join(f'&a{i} x' for i in range(60_000))}]", "x.yaml:1: task[0]: an anchor"),
    "deep brackets": ("task: " + "[" * 10**5, "nested deeper than 20 levels"),
    "deep braces": ("{a: " * 10**5, "nested deeper than 20 levels"),
    "deep dashes": ("- " * 10**5 + "x", "nested deeper than 20 levels"),
    "deep keys": ("? " * 10**5 + "x", "nested deeper than 20 levels"),
    "a very large file": ("a: " + "x" * (2 * MIB), "x.yaml: is larger than 1 MiB"),
    "a very long value": ("task: " + "x" * (MIB - 10), "x.yaml:1: task: has 1,048,566 characters"),
    "a very long key": ("x" * 1000 + ": 1", "x.yaml:1: a key must be a short name, not 'xxx"),
    "a key of two lines": (r'"a\nx.yaml:9": 1', r"x.yaml:1: a\nx.yaml:9: no such key"),
    "a number of a million digits": (f"task: {'9' * (MIB - 10)}", "x.yaml:1: task: has 1,048,566 characters"),
    "a number beyond all": ("training: {seed: 1e999999}", "x.yaml:1: training.seed: should be a finite number"),
    "one key 100,000 times": ("task: x\n" * 10**5, "x.yaml:2: task: given twice; the first is at x.yaml:1"),
    "80,000 unknown keys": ("".join(f"key{i}: 1\n" for i in range(80_000)), "x.yaml:2001: has more than 2,000 keys"),
    "half a million values": (f"task: [{'1,' * 500_000}]", "task[24997]: here is value 25,001, and a configuration"),
    "300,000 keys of nothing": ("?\n" * 300_000, "x.yaml:1: a key must be a name"),
    "200,000 documents": ("---\n" * 200_000, "x.yaml:2: a second document begins here"),
    "an open quote": ("task: '" + "x\n" * 500_000, "x.yaml:1: task: cannot be read as YAML: a quote is not closed"),
    "a zero byte": ("task: a\0b", "x.yaml:1: the character U+0000 cannot stand in YAML"),
    "every byte": (bytes(range(256)) * 1000, "x.yaml:2: byte 0x80 is not UTF-8"),
}  # fmt: skip


def answer(path: Path) -> str:
    """What is said of it: within a screen and a second, whatever it holds."""
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    seconds, (_, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    words = str(caught.value)
    assert (words.count("\n") <= MOST, len(words) < 10_000, most < 50 * MIB, seconds < 5) == (True,) * 4
    return words.replace(f"{path.parent}/", "")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str, workplace: Path) -> None:
    content, said = HOSTILE[name]
    path = workplace / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert said in answer(path)
    assert [entry.name for entry in workplace.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "x.yaml: is a pipe or a device"),
        (lambda path: path.symlink_to("/dev/zero"), "x.yaml: is a pipe or a device"),
        (lambda path: path.symlink_to(path), "x.yaml: cannot be read: Too many levels of symbolic links"),
        (lambda path: path.mkdir(), "x.yaml: cannot be read: Is a directory"),
        (lambda path: path.symlink_to("gone"), "no such file"),
    ],
)
def test_what_is_no_file_is_not_waited_for(make: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    make(tmp_path / "x.yaml")
    assert said in answer(tmp_path / "x.yaml")
