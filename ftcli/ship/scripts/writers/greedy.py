"""Writing token by token: the likeliest, or one that is drawn."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from ftcli.ship.scripts.writers.rules import GENERATION, NEVER, ruled

# Gives logits (n, V) of the token behind each of the ids (n, T), which continue these rows of the batch.
Step = Callable[[np.ndarray, np.ndarray], np.ndarray]
# Also where texts are drawn at random, the likeliest token is taken if this is set.
LIKELIEST = bool(os.environ.get("LIKELIEST"))


def generate(step: Step, ids: np.ndarray, given: np.ndarray) -> list[np.ndarray]:
    """What is written behind `ids` (B, T), with the end. `given` is 1 where these are not padding."""
    start, ends = ids.shape[1], GENERATION["ends"]
    random = np.random.default_rng(GENERATION["seed"])
    rows, last = np.arange(len(ids)), np.zeros(len(ids), dtype=int)
    while len(rows) and ids.shape[1] < start + GENERATION["most"]:
        scores = ruled(step(ids[rows], rows), ids[rows], given[rows], start)
        chosen = np.full(len(ids), GENERATION["pad"])
        chosen[rows] = (
            drawn(scores, random) if GENERATION["random"] and not LIKELIEST else scores.argmax(axis=1)
        )
        ids = np.concatenate([ids, chosen[:, None]], axis=1)
        last[rows] = ids.shape[1]
        rows = rows[~np.isin(chosen[rows], ends)]
    return [row[start:end] for row, end in zip(ids, last, strict=True)]


def drawn(scores: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A token for each row, by the chances of the likeliest ones."""
    settings, scores = GENERATION["random"], scores / GENERATION["random"]["temperature"]
    if settings["top_k"]:
        least = np.sort(scores, axis=1)[:, -min(settings["top_k"], scores.shape[1]) :][:, :1]
        scores = np.where(scores < least, NEVER, scores)
    chances = np.exp(scores - scores.max(axis=1, keepdims=True)).astype(np.float64)
    chances /= chances.sum(axis=1, keepdims=True)
    order = np.argsort(-chances, axis=1, kind="stable")
    above = np.take_along_axis(chances, order, axis=1).cumsum(axis=1)
    unlikely = np.concatenate([np.zeros((len(above), 1)), above[:, :-1]], axis=1) >= settings["top_p"]
    np.put_along_axis(
        chances, order, np.where(unlikely, 0, np.take_along_axis(chances, order, axis=1)), axis=1
    )
    chances /= chances.sum(axis=1, keepdims=True)
    return np.array([random.choice(len(row), p=row) for row in chances])
