"""Kills what runs at one of the calls by which it changes a disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


class Killed(BaseException):
    """The end of the process, after which nothing is cleared away."""


CALLS = ((Path, "write_text"), (os, "fsync"), (Path, "replace"), (Path, "unlink"))


def kill_at(monkeypatch: pytest.MonkeyPatch, when: int, *, after: bool) -> None:
    """Kill at the call `when`, from 1, of those that change a disk: before it is made, or after."""
    count = 0

    def watched(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def call(*arguments: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count > when or (count == when and not after):
                raise Killed
            made = original(*arguments, **options)
            if count == when:
                raise Killed
            return made

        monkeypatch.setattr(owner, name, call)

    for owner, name in CALLS:
        watched(owner, name)
