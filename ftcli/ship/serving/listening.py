"""The socket that a server listens on."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket

from ftcli.errors import UserError

# Ports after the one that is taken, of which the first free one is named.
TRIED = 100
BACKLOG = 2048


def bound(host: str, port: int) -> socket.socket:
    """A socket at this address; port 0 is any free one. It is not listening: nobody can connect yet.

    Raises `UserError` for a port that is taken or not allowed, and for a host that is not this machine.
    """
    address = _address(host)
    try:
        return _opened(address, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise taken(host, port) from None
        if error.errno == errno.EACCES:
            raise UserError(f"--port {port}: this user may not open it: choose one above 1023") from None
        raise UserError(f"--host {host}: not an address of this machine ({error.strerror})") from None


def taken(host: str, port: int) -> UserError:
    """The error for a port that another program has, with the next free one."""
    free = _next_free(_address(host), port)
    advice = "port 0 is any free one" if free is None else f"the next free one is --port {free}"
    return UserError(f"--port {port}: another program listens on {host}:{port}; {advice}")


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def url(host: str, sock: socket.socket) -> str:
    """What to open in a browser of this machine."""
    name = f"[{host}]" if ":" in host else host
    name = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(name, name)
    return f"http://{name}:{sock.getsockname()[1]}"


def _address(host: str) -> tuple[socket.AddressFamily, str]:
    """The family of the host, and its address."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UserError(f"--host {host}: there is no such host ({error})") from None
    # Of a name such as localhost the address that everybody means.
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, str(address[0])


def _opened(address: tuple[socket.AddressFamily, str], port: int) -> socket.socket:
    sock = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        # A server that has just ended leaves its port waiting for a minute; on Windows the option means another thing.
        if os.name != "nt":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address[1], port))
    except BaseException:
        sock.close()
        raise
    return sock


def _next_free(address: tuple[socket.AddressFamily, str], port: int) -> int | None:
    for one in range(port + 1, min(port + TRIED, 65_535) + 1):
        try:
            _opened(address, one).close()
        except OSError:
            continue
        return one
    return None
