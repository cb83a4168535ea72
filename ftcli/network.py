"""Whether the network is there, asked once: the clients of the hub would try again for half a minute."""

from __future__ import annotations

import socket
from urllib.parse import urlparse
from urllib.request import getproxies


def reach(address: str) -> None:
    """Connect to the host of a URL and hang up. Raises `OSError` where it cannot be reached.

    Behind a proxy nothing is asked, as only the proxy knows.
    """
    if getproxies():
        return
    url = urlparse(address)
    port = url.port or (443 if url.scheme == "https" else 80)
    socket.create_connection((url.hostname or "", port), timeout=10).close()
