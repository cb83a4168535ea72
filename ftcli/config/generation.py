"""The section `generation` of a YAML file."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.config.keys import key


@dataclass(frozen=True, slots=True)
class Generation:
    """How texts are written, where a task writes texts."""

    beams: int = key("Beams of the search; 1 takes the likeliest token each time", 1, minimum=1, maximum=64)
    max_new_tokens: int | None = key(
        "Most tokens that are written; by default as training texts need", minimum=1
    )
    min_new_tokens: int = key("Fewest tokens that are written", 0, minimum=0)
    length_penalty: float = key("Of beams: above 0 favours long texts, below 0 short ones", 1.0)
    no_repeat_ngram: int = key(
        "No sequence of so many tokens is written twice; 0 for no such rule", 0, minimum=0
    )
    repetition_penalty: float = key(
        "Above 1 tokens that were written become less likely", 1.0, exclusive_minimum=0.0
    )
    temperature: float = key("Of random choices; 0 chooses nothing at random", 0.0, minimum=0.0)
    top_k: int = key("Random choices are among so many of the likeliest tokens; 0 for all", 0, minimum=0)
    top_p: float = key(
        "Random choices are among the likeliest tokens of so much probability",
        1.0,
        exclusive_minimum=0.0,
        maximum=1.0,
    )
