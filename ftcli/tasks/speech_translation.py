"""Sounds to texts in another language."""

from __future__ import annotations

from typing import Any

from ftcli.config.generation import Generation
from ftcli.config.schema import Experiment
from ftcli.errors import ConfigError, Mistake
from ftcli.models.speech.ctc import CTCProcessor
from ftcli.tasks.speech_recognition import SpeechRecognition
from ftcli.tasks.targets.texts import TEXTS
from ftcli.tasks.targets.transcripts import GeneratedTranscripts, TranscriptCodec


class SpeechTranslation(SpeechRecognition):
    """A translation of what is said in each sound; watched by BLEU.

    Whisper was trained for it (Radford et al. 2023): its texts begin with the token of that task.
    """

    wants = "text"
    figure = "bleu"

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """How texts are generated, and where sounds are cut. Raises `ConfigError` for a prefix of texts."""
        if experiment.data.prefix is not None:
            problem = "comes before texts that are read, and this task reads sounds: leave it out"
            raise ConfigError([Mistake("", "data.prefix", problem)])
        return super().settings(experiment)

    @classmethod
    def codec(cls, preprocess: Any, generation: Generation, seed: int) -> TranscriptCodec:
        """As for recognition, with other metrics. Raises `ConfigError` for a network without a decoder."""
        if isinstance(preprocess, CTCProcessor):
            problem = "has a CTC head, whose text follows the sound in order; a translation takes a decoder"
            raise ConfigError([Mistake("", "model.backbone", f"{problem}, such as openai/whisper-tiny")])
        return GeneratedTranscripts(preprocess, generation, seed, TEXTS)
