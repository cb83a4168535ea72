"""What is uploaded, as the real client sends it to a stand-in; and what a hub refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from ftcli.errors import HubError
from ftcli.ship import hub as client
from ftcli.ship.hub import push, token_for
from tests.ship.hub_server import COMMIT, TOKEN, Hub, Repository, hub_on_this_machine

FILES = ("README.md", "config.json", "model.safetensors", "vocoder/config.json")


@pytest.fixture
def hub(offline: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A stand-in for a hub."""
    with hub_on_this_machine(monkeypatch, tmp_path) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "hf"
    (path / "vocoder").mkdir(parents=True)
    (path / "README.md").write_text("---\ntags: [x]\n---\n# Gänseblümchen\n", encoding="utf-8")
    (path / "config.json").write_text("{}")
    (path / "vocoder/config.json").write_text('{"a": 1}')
    (path / "model.safetensors").write_bytes(bytes(range(256)) * 100)
    return path


def refused(folder: Path, name: str = "anna/daisy", **options: bool) -> str:
    with pytest.raises(HubError) as caught:
        push(folder, FILES, name, **options)
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def test_the_bytes_that_arrive_are_those_of_the_folder(hub: Hub, folder: Path) -> None:
    (folder / "secret.csv").write_text("not asked for")
    pushed = push(folder, FILES, "anna/daisy")
    assert (pushed.address, pushed.commit) == (f"{hub.address}/anna/daisy", COMMIT)
    made = hub.repositories["anna/daisy"]
    assert made.files == {".gitattributes": b""} | {file: (folder / file).read_bytes() for file in FILES}
    assert not made.private
    assert len(hub.large) == 1


def test_a_name_without_an_owner_is_ones_own(hub: Hub, folder: Path) -> None:
    assert push(folder, FILES, "daisy", private=True).address == f"{hub.address}/anna/daisy"
    assert hub.repositories["anna/daisy"].private


def test_what_is_there_is_replaced_by_force_alone(hub: Hub, folder: Path) -> None:
    hub.repositories["anna/daisy"] = Repository(files={"config.json": b"old", "other.bin": b"old"})
    assert "anna/daisy is there already, with 2 files: config.json, other.bin" in refused(folder)
    assert hub.repositories["anna/daisy"].files["config.json"] == b"old"
    pushed = push(folder, FILES, "anna/daisy", force=True)
    assert hub.repositories["anna/daisy"].files["config.json"] == b"{}"
    assert pushed.notes == ("left in the repository, as the export has no such files: other.bin",)
    # One that is there and empty needs no force.
    hub.repositories["anna/empty"] = Repository()
    push(folder, FILES, "anna/empty")


def test_a_public_repository_is_no_place_for_what_is_private(hub: Hub, folder: Path) -> None:
    hub.repositories["anna/daisy"] = Repository(private=False)
    words = refused(folder, private=True)
    assert "is public, and --private does not change that: nothing was sent" in words
    assert not hub.large


def test_an_upload_that_fails_half_way_goes_on_where_it_was(hub: Hub, folder: Path) -> None:
    hub.refusals["/commit/"] = 507
    words = refused(folder)
    assert "status 507: the hub has no room for it" in words
    assert "It has all of the files or none" in words
    assert hub.repositories["anna/daisy"].files == {".gitattributes": b""}
    hub.refusals.clear()
    hub.requests.clear()
    push(folder, FILES, "anna/daisy")
    assert not [one for one in hub.requests if one.startswith("PUT")]
    assert set(FILES) < set(hub.repositories["anna/daisy"].files)


@pytest.mark.parametrize(
    ("part", "status", "words"),
    [
        ("/repos/create", 403, "status 403: this token may not write there"),
        ("/repos/create", 401, "status 401: the hub does not know this token"),
        ("/preupload/", 403, "status 403: this token may not write there"),
        ("/large/", 500, "status 500: the hub answers with an error"),
        ("/repos/create", 418, "status 418: the hub answers with an error"),
    ],
)
def test_a_refusal_is_a_sentence_without_the_token(
    hub: Hub, folder: Path, part: str, status: int, words: str
) -> None:
    hub.refusals[part] = status
    assert words in refused(folder)


def test_a_hub_that_does_not_answer(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.2)
    hub.refusals["/repos/create"] = 0
    assert "the hub did not answer within" in refused(folder)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "http://127.0.0.1:9 cannot be reached" in refused(folder)


def test_what_cannot_be_a_token_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secrét")
    with pytest.raises(HubError, match="cannot be a token") as raised:
        token_for("a/b")
    assert "secr" not in str(raised.value)


def test_no_token_no_connection_no_name(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cannot be the name of a repository: OWNER/NAME is wanted" in refused(folder, "a/b/c")
    assert "cannot be the name" in refused(folder, "anna/gänse")
    monkeypatch.delenv("HF_TOKEN")
    assert "settings/tokens, then `hf auth login`, or put it into the variable HF_TOKEN" in refused(folder)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "nothing is sent with --offline" in refused(folder)
    assert not hub.requests
