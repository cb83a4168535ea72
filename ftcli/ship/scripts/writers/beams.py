"""Writing by beam search, as transformers does it: of several texts the likeliest is taken."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ftcli.ship.scripts.writers.rules import GENERATION, ruled

# Gives logits (n, V) of the token behind each of the ids (n, T), which continue these rows of the batch.
Step = Callable[[np.ndarray, np.ndarray], np.ndarray]
OUT = np.float32(-1e9)


def generate(step: Step, ids: np.ndarray, given: np.ndarray) -> list[np.ndarray]:
    """What is written behind `ids` (B, T), with the end. `given` is 1 where these are not padding."""
    beams, start, examples = GENERATION["beams"], ids.shape[1], len(ids)
    rows, given = np.repeat(np.arange(examples), beams), np.repeat(given, beams, axis=0)
    running = np.repeat(ids[:, None], beams, axis=1)
    scores = np.tile(np.array([0, *[OUT] * (beams - 1)], dtype=np.float32), (examples, 1))
    # Finished texts by example, each (score, ids), the best first; and whether one that is running may be better.
    finished: list[list[tuple[np.float32, np.ndarray]]] = [[] for _ in range(examples)]
    hopeful = np.ones(examples, dtype=bool)
    while True:
        flat = running.reshape(examples * beams, -1)
        chances = ruled(log_softmax(step(flat, rows)), flat, given, start).reshape(examples, beams, -1)
        running, scores, best, ends = continued(running, chances + scores[:, :, None], start)
        length = running.shape[2] - start
        for example in range(examples):
            if hopeful[example] and not (GENERATION["early"] is True and len(finished[example]) == beams):
                done = [
                    (score / np.float32(length ** GENERATION["penalty"]), text)
                    for score, text in best[example]
                ]
                finished[example] = sorted([*finished[example], *done], key=lambda one: -one[0])[:beams]
            hopeful[example] &= may_improve(scores[example, 0], finished[example], length)
        full = GENERATION["early"] is True and all(len(one) == beams for one in finished)
        if not hopeful.any() or full or ends:
            return [one[0][1][start:] for one in finished]


def continued(
    running: np.ndarray, scores: np.ndarray, start: int
) -> tuple[np.ndarray, np.ndarray, list[list[tuple[np.float32, np.ndarray]]], bool]:
    """The texts that go on and their scores, by example the likeliest that end, and whether all end here."""
    examples, beams, vocabulary = scores.shape
    kept = max(2, 1 + len(GENERATION["ends"])) * beams
    places = np.argsort(-scores.reshape(examples, -1), axis=1, kind="stable")[:, :kept]
    chosen = np.take_along_axis(scores.reshape(examples, -1), places, axis=1)
    texts = np.take_along_axis(running, (places // vocabulary)[:, :, None], axis=1)
    texts = np.concatenate([texts, (places % vocabulary)[:, :, None]], axis=2)
    ends = np.isin(texts[:, :, -1], GENERATION["ends"]) | (texts.shape[2] - start >= GENERATION["most"])
    best = [
        [(score, text) for score, text, end in zip(*columns, strict=True) if end]
        for columns in zip(chosen[:, :beams], texts[:, :beams], ends[:, :beams], strict=True)
    ]
    left = np.where(ends, chosen + OUT, chosen)
    order = np.argsort(-left, axis=1, kind="stable")[:, :beams]
    going = np.take_along_axis(texts, order[:, :, None], axis=1)
    return going, np.take_along_axis(left, order, axis=1), best, bool(ends.all())


def may_improve(score: np.float32, finished: list[tuple[np.float32, np.ndarray]], length: int) -> bool:
    """Whether the best text that goes on may become better than the worst of those that are finished."""
    penalty = GENERATION["penalty"]
    longest = GENERATION["most"] if GENERATION["early"] == "never" and penalty > 0 else length
    worst = finished[-1][0] if len(finished) == GENERATION["beams"] else OUT
    return bool(score / np.float32(longest**penalty) > worst)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of probabilities."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    made: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return made
