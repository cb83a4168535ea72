"""The room of tasks: what a batch means. A task joins a modality, going in, to a target, coming out."""

from __future__ import annotations

from ftcli.registry import Registry

TASKS = Registry(
    "task",
    {
        "audio-classification": "ftcli.tasks.audio_classification:AudioClassification",
        "object-detection": "ftcli.tasks.object_detection:ObjectDetection",
        "semantic-segmentation": "ftcli.tasks.semantic_segmentation:SemanticSegmentation",
        "image-classification": "ftcli.tasks.image_classification:ImageClassification",
        "token-classification": "ftcli.tasks.token_classification:TokenClassification",
        "text-classification": "ftcli.tasks.text_classification:TextClassification",
        "image-regression": "ftcli.tasks.image_regression:ImageRegression",
        "speech-recognition": "ftcli.tasks.speech_recognition:SpeechRecognition",
        "speech-synthesis": "ftcli.tasks.speech_synthesis:SpeechSynthesis",
        "text-regression": "ftcli.tasks.text_regression:TextRegression",
        "translation": "ftcli.tasks.translation:Translation",
        "summarization": "ftcli.tasks.summarization:Summarization",
        "causal-language-modelling": "ftcli.tasks.causal_language_modelling:CausalLanguageModelling",
        "masked-language-modelling": "ftcli.tasks.masked_language_modelling:MaskedLanguageModelling",
    },
)
