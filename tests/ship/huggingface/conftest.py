"""Exports of this folder are tried in processes that have imported torch and transformers already."""

import pytest


@pytest.fixture(autouse=True)
def in_warm_processes(warm: None) -> None:
    """All of them."""
