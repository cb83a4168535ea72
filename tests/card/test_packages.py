"""Packages: those of the training in their versions, and what the installed ones say."""

from __future__ import annotations

import json
from email.message import Message
from importlib.metadata import version
from pathlib import Path

import pytest

from ftcli.card.packages import normal, packages


def test_those_of_the_training_and_all_that_are_needed() -> None:
    here = version("numpy")
    found = {one.name: one for one in packages({"numpy": here, "torch": "0.0.1", "gone-away": "3"})}
    assert found["numpy"].trained
    assert "BSD-3-Clause" in found["numpy"].expression
    assert len(found["numpy"].record) == 64
    assert found["numpy"].purl == f"pkg:pypi/numpy@{here}"
    # Of another version nothing is known.
    assert (found["torch"].version, found["torch"].expression, found["torch"].record) == ("0.0.1", "", "")
    assert found["gone-away"].version == "3"
    assert not found["safetensors"].trained
    assert found["ftcli"].version
    assert {"tokenizers", "typer", "rich"} <= found.keys()
    # Those of extras are not.
    assert not {"pytest", "wandb"} & found.keys()
    assert list(found) == sorted(found)


def test_what_is_missing_may_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    # As where mlflow has imported importlib_metadata, and in later Pythons.
    def strict(message: Message, key: str) -> str:
        if (found := message.get(key)) is None:
            raise KeyError(key)
        return str(found)

    monkeypatch.setattr("importlib.metadata._adapters.Message.__getitem__", strict)
    found = {one.name: one for one in packages({"numpy": version("numpy")})}
    assert "BSD-3-Clause" in found["numpy"].expression


@pytest.mark.parametrize(
    ("metadata", "files", "expected"),
    [
        ("License-Expression: MIT", {}, ("MIT", "", "")),
        ("License: FreeBSD", {}, ("", "FreeBSD", "")),
        (
            f"License: {'long ' * 50}\nClassifier: License :: OSI Approved :: MIT License",
            {},
            ("", "MIT License", ""),
        ),
        (
            "Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved :: ISC License",
            {},
            ("", "", ""),
        ),
        (
            "",
            {"direct_url.json": json.dumps({"archive_info": {"hashes": {"sha256": "a" * 64}}})},
            ("", "", "a" * 64),
        ),
        ("", {"direct_url.json": json.dumps({"archive_info": {"hashes": {"sha256": "no"}}})}, ("", "", "")),
        ("", {"direct_url.json": '{"dir_info": {}}'}, ("", "", "")),
        ("", {"direct_url.json": "x"}, ("", "", "")),
    ],
)
def test_what_a_package_says(
    metadata: str,
    files: dict[str, str],
    expected: tuple[str, str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "made_up-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: made-up\nVersion: 1\n{metadata}\n")
    for name, text in files.items():
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    found = next(one for one in packages({"Made_Up": "1"}) if one.name == normal("Made_Up"))
    assert (found.expression, found.licence, found.archive) == expected
    assert found.record == ""
