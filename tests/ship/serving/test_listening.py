"""The socket of a server."""

from __future__ import annotations

import pytest

from ftcli.errors import UserError
from ftcli.ship.serving.listening import bound, is_loopback, url


def test_a_port_that_is_taken_is_answered_with_the_next_free_one() -> None:
    with bound("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(
            UserError, match=rf"--port {port}: another program listens on 127.0.0.1:{port}; "
        ) as error:
            bound("127.0.0.1", port)
        free = int(str(error.value).rpartition(" ")[2])
        bound("127.0.0.1", free).close()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("nowhere.invalid", "no such host"),
        ("192.0.2.1", "not an address of this machine"),
        ("a" * 300, "no such host"),
    ],
)
def test_a_host_that_is_not_this_machine(host: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        bound(host, 0)


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
    ],
)
def test_who_reaches_a_host(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


def test_what_to_open() -> None:
    with bound("0.0.0.0", 0) as sock:
        port = sock.getsockname()[1]
        assert url("0.0.0.0", sock) == f"http://127.0.0.1:{port}"
        assert url("::1", sock) == f"http://[::1]:{port}"
