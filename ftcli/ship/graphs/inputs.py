"""From raw inputs to the tensors of a batch, in a script: which sections do it, and what they have to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import ExportError
from ftcli.models.pretrained.preprocessing import save_tokenizer
from ftcli.runs.inference.predictor import Predictor
from ftcli.tasks.inputs.words import space_before


@dataclass(frozen=True, slots=True)
class RawInput:
    """The sections of `ftcli.ship.scripts` that define `batch(inputs)`, and `settings(folder)`, which they read.

    `settings` also writes the files that they read into the folder. `needs` are packages, by the names of pip.
    """

    name: str
    sections: tuple[str, ...]
    needs: tuple[str, ...]
    settings: Callable[[Path], Mapping[str, Any]]


def raw_input(predictor: Predictor) -> RawInput:
    """The input of a task. Raises `ExportError` where it has no script."""
    (modality,) = predictor.trained.task_type.inputs
    return _INPUTS[modality.name](predictor)


def preprocess_of(predictor: Predictor) -> Any:
    """What the backbone expects of its inputs."""
    return predictor.trained.caching.backbone.preprocess


def _image(predictor: Predictor) -> RawInput:
    settings = asdict(preprocess_of(predictor))
    return RawInput("image", ("resampling", "images"), ("pillow",), lambda _: settings)


def _text(predictor: Predictor) -> RawInput:
    """Whole texts and pairs, or words; by `tokenizers` alone, or, without a tokenizer.json, by `transformers`."""
    preprocess = preprocess_of(predictor)
    tokenizer, words = preprocess.tokenizer, KINDS[predictor.target.kind].by_word
    if words and not tokenizer.is_fast:
        raise ExportError(
            f"{type(tokenizer).__name__}, the tokenizer of this network, has no tokenizer.json, without which "
            "predict.py could not say which tokens are which word"
        )

    def settings(folder: Path) -> Mapping[str, Any]:
        save_tokenizer(tokenizer, folder)
        space = {"space": space_before(tokenizer)} if words else {}
        padding = tokenizer.pad_token_id
        ends = (tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.pad_token_id, 0)
        return {
            "max_length": preprocess.max_length,
            "truncation_side": tokenizer.truncation_side,
            "padding_side": tokenizer.padding_side,
            "padding": 0 if padding is None else padding,
            "segments": "token_type_ids" in tokenizer.model_input_names,
            "segment_padding": tokenizer.pad_token_type_id,
            # In place of an empty text, where the tokenizer adds nothing.
            "nothing": next(end for end in ends if end is not None),
            **space,
        }

    if words:
        return RawInput("text", ("tokenizer", "padding", "words"), ("tokenizers",), settings)
    reader = ("tokenizer", "tokenizers") if tokenizer.is_fast else ("slow_tokenizer", "transformers")
    return RawInput("text", (reader[0], "padding", "texts"), (reader[1],), settings)


def _sound(predictor: Predictor) -> RawInput:
    """By soundfile, soxr and the feature extractor of transformers."""
    task: Any = predictor.task
    preprocess, longest = task.reader.preprocess, task.reader.longest

    def settings(folder: Path) -> Mapping[str, Any]:
        preprocess.extractor.save_pretrained(folder)
        names = ("name", "rate", "shortest", "window", "hop")
        return {"longest": longest, **{name: getattr(preprocess, name) for name in names}}

    return RawInput("audio", ("sounds",), ("soundfile", "soxr", "transformers"), settings)


_INPUTS: Mapping[str, Callable[[Predictor], RawInput]] = {"image": _image, "text": _text, "audio": _sound}
