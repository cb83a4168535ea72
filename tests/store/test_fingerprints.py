"""Names by content."""

from __future__ import annotations

from ftcli.store.fingerprints import content_key, fingerprint


def test_keys_and_facts() -> None:
    assert (
        len({content_key("ab", "c"), content_key("a", "bc"), content_key(b"ab", "c"), content_key("abc")})
        == 4
    )
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1}) != fingerprint({"a": 2, "b": 2})


def test_names_that_are_not_utf8_have_keys() -> None:
    assert content_key("caf\udce9") != content_key("caf\udcea")
    assert fingerprint({"a": "caf\udce9"}) != fingerprint({"a": "caf\udcea"})
