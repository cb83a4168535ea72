"""Writes networks that write what is said: Whisper, or an encoder with a CTC head."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any

from transformers import GenerationConfig, Wav2Vec2CTCTokenizer

from ftcli.models.language.generation import generation_options
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess
from ftcli.models.pretrained.networks import quiet
from ftcli.models.pretrained.preprocessing import save_tokenizer
from ftcli.models.speech.characters import Characters
from ftcli.models.speech.ctc import CTCProcessor
from ftcli.models.speech.whisper import WhisperProcessor
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.files import SETTINGS, copy_scripts, write_json
from ftcli.ship.huggingface.language import save_network, set_generation

PIPELINE = "automatic-speech-recognition"
# What Whisper's tokens say of a text, as its generation_config.json has them.
_TASKS = ("transcribe", "translate")
_WITHOUT_TIMES = "<|notimestamps|>"


class TranscriberWriter:
    """The `Writer` of the form "transcriber"."""

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.pipeline`."""
        processor: Any = predictor.trained.caching.backbone.preprocess
        write: Any = _write_ctc if isinstance(processor, CTCProcessor) else _write_whisper
        with quiet():
            made: tuple[dict[str, Any], list[str]] = write(predictor, processor, folder)
            settings, notes = made
            save_network(predictor.model.backbone.net, folder)
        write_json(folder / SETTINGS, {"pipeline": PIPELINE, **settings})
        copy_scripts(folder, {"predict": "predict_transcript", "load": "load_class", "sounds": "sounds"})
        return notes

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.weights`."""
        return self.pipeline(predictor, folder)


def _sound(predictor: Predictor, audio: AudioPreprocess) -> dict[str, Any]:
    wanted = predictor.experiment.data.max_seconds
    limits = [limit for limit in (wanted, audio.longest) if limit is not None]
    return {
        "rate": audio.rate,
        "shortest": audio.shortest,
        "longest": min(limits, default=None),
        "window": audio.window,
        "masks": audio.masks,
    }


def _write_ctc(
    predictor: Predictor, processor: CTCProcessor, folder: Path
) -> tuple[dict[str, Any], list[str]]:
    """The tokenizer and the feature extractor of a network with a CTC head."""
    processor.audio.extractor.save_pretrained(folder)
    net: Any = predictor.model.backbone.net
    ctc_tokenizer(processor.characters, folder).save_pretrained(folder)
    net.config.pad_token_id = processor.characters.blank
    return {"class": "AutoModelForCTC", "sound": _sound(predictor, processor.audio)}, []


def ctc_tokenizer(characters: Characters, folder: Path) -> Any:
    """transformers' tokenizer for the classes; its vocabulary is written to `folder`."""
    space = "|" if "|" not in characters.classes else "\u2581"
    names = [space if letter == " " else letter for letter in characters.classes]
    # Classes without a character are special tokens of the weights, which say nothing.
    named = [name or f"<{number}>" for number, name in enumerate(names)]
    named[characters.blank] = "<pad>"
    vocabulary = {name: number for number, name in enumerate(named)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    return Wav2Vec2CTCTokenizer(
        str(folder / "vocab.json"),
        pad_token="<pad>",
        unk_token="<pad>",
        bos_token=None,
        eos_token=None,
        word_delimiter_token=space,
        do_lower_case=characters.folded == "upper",
    )


def _write_whisper(
    predictor: Predictor, processor: WhisperProcessor, folder: Path
) -> tuple[dict[str, Any], list[str]]:
    """The tokenizer, the feature extractor with the window of the network, and how it writes."""
    audio, experiment = processor.audio, predictor.experiment
    assert audio.window is not None
    seconds = audio.window / audio.rate
    options = {"chunk_length": int(seconds) if seconds == int(seconds) else seconds}
    extractor = type(audio.extractor).from_dict({**audio.extractor.to_dict(), **options})
    extractor.save_pretrained(folder)
    save_tokenizer(copy(processor.tokenizer), folder)
    _set_whisper(predictor, processor)
    settings = {
        "class": "AutoModelForSpeechSeq2Seq",
        "sound": _sound(predictor, audio),
        "prompt": list(processor.prompt),
        "seed": experiment.training.seed,
    }
    return settings, _notes(processor, seconds)


def _notes(processor: WhisperProcessor, seconds: float) -> list[str]:
    """Why transformers' pipeline does not work with this folder by itself, if it does not."""
    reasons = []
    if not hasattr(processor.tokenizer, "_decode_asr"):
        reasons.append("takes tokenizers of Whisper's own kind")
    if seconds != int(seconds):
        reasons.append(f"takes windows of whole seconds, and this one has {seconds:g}")
    return [f"pipeline({PIPELINE!r}) {' and '.join(reasons)}: take that of predict.py"] if reasons else []


def _set_whisper(predictor: Predictor, processor: WhisperProcessor) -> None:
    """Let the network write as the run does, also by Whisper's own `generate`, which makes the prompt of names."""
    net: Any = predictor.model.backbone.net
    options = generation_options(predictor.experiment.generation, max_length=processor.room + 1)
    options["max_new_tokens"] = min(options["max_new_tokens"], processor.room + 1)
    start = {"eos_token_id": processor.end, "pad_token_id": processor.end}
    net.generation_config = GenerationConfig(**start, decoder_start_token_id=processor.prompt[0])
    set_generation(net, options)
    for name, value in _prompt_names(processor).items():
        setattr(net.generation_config, name, value)
    net.config.forced_decoder_ids = net.config.suppress_tokens = net.config.begin_suppress_tokens = None


def _prompt_names(processor: WhisperProcessor) -> dict[str, Any]:
    """What Whisper's `generate` makes the tokens of the prompt from: the language, the task, without times."""
    vocabulary = processor.tokenizer.get_vocab()
    tokens = {number: token for token, number in vocabulary.items()}
    prompt = [tokens.get(number, "") for number in processor.prompt[1:]]
    languages = {
        token: number
        for token, number in vocabulary.items()
        if token.startswith("<|") and token[2:-2].isalpha() and len(token) in (6, 7)
    }
    tasks = {task: vocabulary[f"<|{task}|>"] for task in _TASKS if f"<|{task}|>" in vocabulary}
    names: dict[str, Any] = {"return_timestamps": False}
    if prompt and prompt[0] in languages and tasks:
        names |= {
            "is_multilingual": True,
            "lang_to_id": languages,
            "task_to_id": tasks,
            "language": prompt[0],
        }
        names["task"] = next((task for task in tasks if f"<|{task}|>" in prompt), "transcribe")
    if prompt and prompt[-1] == _WITHOUT_TIMES:
        names["no_timestamps_token_id"] = vocabulary[_WITHOUT_TIMES]
    return names
