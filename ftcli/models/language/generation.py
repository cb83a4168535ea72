"""Generation of texts: the `generation` section as options of transformers, and seeded sampling."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ftcli.config.generation import Generation
from ftcli.errors import ConfigError, Mistake


def generation_options(settings: Generation, *, max_length: int) -> dict[str, Any]:
    """The options of transformers' `generate`; without `max_new_tokens` at most `max_length` tokens are written.

    All of them are set, so that the files of a model decide none, such as a shortest length. Raises
    `ConfigError` for a shortest length above the longest.
    """
    longest, random = settings.max_new_tokens or max_length, settings.temperature > 0
    if settings.min_new_tokens > longest:
        problem = f"{settings.min_new_tokens} is more than the {longest} tokens that are written at most"
        raise ConfigError([Mistake("", "generation.min_new_tokens", problem)])
    options: dict[str, Any] = {
        "max_new_tokens": longest,
        "min_new_tokens": settings.min_new_tokens,
        "num_beams": settings.beams,
        "length_penalty": settings.length_penalty,
        "no_repeat_ngram_size": settings.no_repeat_ngram,
        "repetition_penalty": settings.repetition_penalty,
        "do_sample": random,
    }
    if random:
        options |= {"temperature": settings.temperature, "top_k": settings.top_k, "top_p": settings.top_p}
    return options


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Random choices by `seed` alone, on the CPU and on `device`; the random state outside is restored."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
