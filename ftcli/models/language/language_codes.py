"""The languages of multilingual translation models (mBART, M2M100, NLLB): codes that texts begin or end with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ftcli.config.places import Places
from ftcli.contracts import Backbone
from ftcli.errors import did_you_mean, listing

SOURCE, TARGET = "model.source_language", "model.target_language"
_NLLB = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


def language_codes(tokenizer: Any) -> dict[str, int]:
    """The codes that `tokenizer` knows, with the ids of their tokens; none for a model of two languages."""
    known = getattr(tokenizer, "lang_code_to_id", None)
    if known is None:
        known = {token: index for token, index in tokenizer.get_vocab().items() if _NLLB.fullmatch(token)}
    return dict(sorted(known.items()))


def set_languages(backbone: Backbone, source: str | None, target: str | None, places: Places) -> None:
    """Let the tokenizer of a seq2seq `backbone` mark texts with these codes, and its decoder begin in `target`.

    Raises `ConfigError` for codes that the model does not know, for a model that has none, and for one that has some
    and is given none.
    """
    tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
    known = language_codes(tokenizer)
    given = {SOURCE: source, TARGET: target}
    _check(given, known, places)
    if not known:
        return
    tokenizer.src_lang, tokenizer.tgt_lang = source, target
    code = known[str(target)]
    marked = tokenizer(text_target="a")["input_ids"]
    net: Any = backbone.module.net
    own: Any = backbone.module.config
    for settings in (net.generation_config, net.config, own):
        if marked[-1] == code:
            # mBART of 2020: the text, the end, its language, which the decoder is also given first.
            settings.decoder_start_token_id = code
        elif settings is net.generation_config:
            settings.forced_bos_token_id = code


def _check(given: Mapping[str, str | None], known: Mapping[str, int], places: Places) -> None:
    if not known:
        key = next((key for key, code in given.items() if code is not None), None)
        if key is not None:
            raise places.error(key, "this model has no codes of languages, so leave it out")
        return
    problems = {
        key: "is required." if code is None else f"this model knows no {code!r}.{did_you_mean(code, known)}"
        for key, code in given.items()
        if code not in known
    }
    if problems:
        *_, last = problems
        problems[last] += f" It knows: {listing(known, limit=300)}"
        raise places.errors(problems)
