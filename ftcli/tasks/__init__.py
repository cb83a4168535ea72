"""The room of tasks: what a batch means. A task joins a modality, going in, to a target, coming out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ftcli.registry import Registry

if TYPE_CHECKING:
    from ftcli.contracts import Form, Modality, Wants


class Outline(NamedTuple):
    """What a task reads, what it learns, and the form in which it wants its backbone; for those who import no torch."""

    modality: Modality
    wants: Wants
    form: Form


_TABLE: dict[str, tuple[str, Outline]] = {
    "audio-classification": ("classification:AudioClassification", Outline("audio", "category", "vector")),
    "audio-regression": ("regression:AudioRegression", Outline("audio", "number", "vector")),
    "image-classification": ("classification:ImageClassification", Outline("image", "category", "vector")),
    "image-regression": ("regression:ImageRegression", Outline("image", "number", "vector")),
    "object-detection": ("object_detection:ObjectDetection", Outline("image", "boxes", "detector")),
    "semantic-segmentation": ("semantic_segmentation:SemanticSegmentation", Outline("image", "mask", "maps")),
    "speech-recognition": ("speech_recognition:SpeechRecognition", Outline("audio", "transcript", "transcriber")),
    "speech-synthesis": ("speech_synthesis:SpeechSynthesis", Outline("text", "speech", "synthesizer")),
    "text-classification": ("classification:TextClassification", Outline("text", "category", "vector")),
    "text-regression": ("regression:TextRegression", Outline("text", "number", "vector")),
    "token-classification": ("token_classification:TokenClassification", Outline("text", "tags", "tokens")),
    "translation": ("text_to_text:Translation", Outline("text", "text", "seq2seq")),
    "summarization": ("text_to_text:Summarization", Outline("text", "text", "seq2seq")),
    "causal-language-modelling": (
        "language_modelling:CausalLanguageModelling", Outline("text", "tokens", "causal"),
    ),
    "masked-language-modelling": (
        "language_modelling:MaskedLanguageModelling", Outline("text", "tokens", "masked"),
    ),
}  # fmt: skip

TASKS = Registry("task", {name: f"{__name__}.{part}" for name, (part, _) in _TABLE.items()})
OUTLINES = {name: outline for name, (_, outline) in _TABLE.items()}
