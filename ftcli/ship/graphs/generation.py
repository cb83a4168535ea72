"""How a network writes, as data: what its `generate` would do, for a script that does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.errors import ExportError

# The rules of transformers by class, as `ftcli.ship.scripts.writers.rules` knows them: a name, and what it has to know.
RULES: Mapping[str, Callable[[Any, int], tuple[str, Any] | None]] = {
    "RepetitionPenaltyLogitsProcessor": lambda rule, start: ("repetition_penalty", rule.penalty),
    "NoRepeatNGramLogitsProcessor": lambda rule, start: ("no_repeat_ngram", rule.ngram_size),
    "NoBadWordsLogitsProcessor": lambda rule, start: ("bad_words", [list(one) for one in rule.sequence_bias]),
    "MinLengthLogitsProcessor": lambda rule, start: ("min_length", rule.min_length),
    "MinNewTokensLengthLogitsProcessor": lambda rule, start: ("min_new_tokens", rule.min_new_tokens),
    "ForcedBOSTokenLogitsProcessor": lambda rule, start: ("first", rule.bos_token_id),
    "ForcedEOSTokenLogitsProcessor": lambda rule, start: ("last", rule.eos_token_id.tolist()),
    "SuppressTokensLogitsProcessor": lambda rule, start: ("never", rule.suppress_tokens.tolist()),
    "SuppressTokensAtBeginLogitsProcessor": lambda rule, start: (
        "not_first",
        [rule.begin_index - start, rule.begin_suppress_tokens.tolist()],
    ),
    # Of logits that are finite, and of random choices, whose settings are read elsewhere.
    "InfNanRemoveLogitsProcessor": lambda rule, start: None,
    "TemperatureLogitsWarper": lambda rule, start: None,
    "TopKLogitsWarper": lambda rule, start: None,
    "TopPLogitsWarper": lambda rule, start: None,
}
WITHOUT_CACHE = "predict.py computes a text anew for each token that it writes, so long texts take long"
DRAWN = "texts are drawn at random: predict.py draws others than ftcli predict does, by numbers of its own"


@dataclass(frozen=True, slots=True)
class Writing:
    """The settings of generation as JSON would hold them, and the sections of the script that follow them.

    `start` is the token that a decoder begins with, where there is one.
    """

    settings: Mapping[str, Any]
    sections: Sequence[str]
    start: int | None = None

    @property
    def notes(self) -> list[str]:
        """What the user should know."""
        return [DRAWN] if self.settings["random"] else []


class _KnownError(Exception):
    """Ends a call of `generate` when its settings are known."""


def writing_of(net: Any, generate: Callable[[], Any], seed: int) -> Writing:
    """What `generate()`, a call of the network `net`, does. Raises `ExportError` for what the script cannot do.

    transformers merges the settings of the run with those in the files of the network, so they are read where they are
    used.
    """
    seen: dict[str, Any] = {}
    make = net._get_logits_processor

    def keep(*given: Any, **options: Any) -> Any:
        seen.update(options, rules=make(*given, **options))
        raise _KnownError

    net._get_logits_processor = keep
    try:
        generate()
    except _KnownError:
        pass
    finally:
        del net._get_logits_processor
    return _writing(seen["generation_config"], seen["rules"], int(seen["input_ids_seq_length"]), seed)


def _writing(config: Any, rules: Sequence[Any], start: int, seed: int) -> Writing:
    beams, drawing = int(config.num_beams or 1), bool(config.do_sample)
    if beams > 1 and drawing:
        raise ExportError(
            "beam search with random choices (generation.temperature) has no script: leave one out"
        )
    if getattr(config, "stop_strings", None):
        raise ExportError("generation ends at texts (stop_strings), which no script does")
    random = {"temperature": config.temperature, "top_k": config.top_k or 0, "top_p": config.top_p or 1.0}
    ends = getattr(config, "_eos_token_tensor", None)
    settings = {
        "most": int(config.max_length) - start,
        "ends": [] if ends is None else ends.flatten().tolist(),
        "pad": int(config._pad_token_tensor if config._pad_token_tensor is not None else 0),
        "beams": beams,
        "penalty": float(config.length_penalty if config.length_penalty is not None else 1.0),
        "early": config.early_stopping or False,
        "random": random if drawing else None,
        "seed": seed,
        "rules": [known for rule in rules if (known := _rule(rule, start)) is not None],
    }
    first = getattr(config, "_decoder_start_token_tensor", None)
    sections = ("writers.rules", "writers.beams" if beams > 1 else "writers.greedy")
    return Writing(settings, sections, None if first is None else int(first.flatten()[0]))


def _rule(rule: Any, start: int) -> tuple[str, Any] | None:
    name = type(rule).__name__
    if name not in RULES:
        raise ExportError(f"generation follows {name} of transformers, which the script does not have")
    return RULES[name](rule, start)
