"""Tasks by name. A task has inputs and a kind of target, and takes its backbone in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.registry import Registry

if TYPE_CHECKING:
    from ftcli.contracts import Form, Inputs


class Outline(NamedTuple):
    """The inputs and the kind of target of a task, and the form of its backbone; for those who import no torch."""

    inputs: Inputs
    # `TargetKind.wanted`.
    wants: str
    form: Form


_TABLE: dict[str, tuple[str, Outline]] = {
    "audio-classification": ("classification:AudioClassification", Outline((AUDIO,), "category", "vector")),
    "audio-regression": ("regression:AudioRegression", Outline((AUDIO,), "number", "vector")),
    "image-classification": ("classification:ImageClassification", Outline((IMAGE,), "category", "vector")),
    "image-regression": ("regression:ImageRegression", Outline((IMAGE,), "number", "vector")),
    "object-detection": ("object_detection:ObjectDetection", Outline((IMAGE,), "boxes", "detector")),
    "semantic-segmentation": ("semantic_segmentation:SemanticSegmentation", Outline((IMAGE,), "mask", "maps")),
    "speech-recognition": ("speech_recognition:SpeechRecognition", Outline((AUDIO,), "transcript", "transcriber")),
    "speech-synthesis": ("speech_synthesis:SpeechSynthesis", Outline((TEXT,), "speech", "synthesizer")),
    "speech-translation": ("speech_translation:SpeechTranslation", Outline((AUDIO,), "text", "transcriber")),
    "text-classification": ("classification:TextClassification", Outline((TEXT,), "category", "vector")),
    "text-regression": ("regression:TextRegression", Outline((TEXT,), "number", "vector")),
    "token-classification": ("token_classification:TokenClassification", Outline((TEXT,), "tags", "tokens")),
    "translation": ("text_to_text:Translation", Outline((TEXT,), "text", "seq2seq")),
    "summarization": ("text_to_text:Summarization", Outline((TEXT,), "text", "seq2seq")),
    "causal-language-modelling": (
        "language_modelling:CausalLanguageModelling", Outline((TEXT,), "tokens", "causal"),
    ),
    "masked-language-modelling": (
        "language_modelling:MaskedLanguageModelling", Outline((TEXT,), "tokens", "masked"),
    ),
}  # fmt: skip

TASKS = Registry("task", {name: f"{__name__}.{part}" for name, (part, _) in _TABLE.items()})
OUTLINES = {name: outline for name, (_, outline) in _TABLE.items()}
