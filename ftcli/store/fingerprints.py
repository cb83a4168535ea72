"""Names by content: the same parts or facts have the same name, in every process and on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Key = bytes


def content_key(*parts: bytes | str) -> Key:
    """Return the 16-byte hash of the parts; their boundaries and types count."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        mark, content = (b"s", _bytes(part)) if isinstance(part, str) else (b"b", part)
        digest.update(mark + len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.digest()


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Return 16 hex digits of the facts, whatever the order of their keys."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(_bytes(text), digest_size=8).hexdigest()


def _bytes(text: str) -> bytes:
    """The text in UTF-8. The name of a file that is not UTF-8 has bytes of its own."""
    return text.encode(errors="surrogatepass")
