"""Kinds of targets, one row each. Other rooms read the row and do not compare names.

A new kind is a row here, a codec in `tasks/targets/` and, where it is read in a way of its own, a class in
`data/targets/`. Run files and Python interfaces hold the name of a kind; `KINDS` gives its row.
"""

from __future__ import annotations

from ftcli.contracts.column_names import CHATS, CONTEXTS, LABELS, PROMPTS, SENTENCES, TARGET_TEXTS, UTTERANCES
from ftcli.contracts.modalities import AUDIO, TEXT
from ftcli.contracts.target_kind import Defaults, Duration, Probing, TargetKind

_CLASS_KEYS = frozenset({"label", "label_separator", "classes", "class_names", "per_class", "missing_labels"})
_PER_CLASS = ("precision_micro", "recall_micro", "f1_micro", "precision_macro", "recall_macro", "f1_macro")
_TO_SPEAK = Duration(4000, 5, 200, "4,000 steps, at least 5 and at most 200 epochs: the recipe of SpeechT5")
_BOXES = Duration(
    300, 12, 60, "12 epochs, as is usual for boxes, or 300 steps where those are more (at most 60 epochs)"
)

_ROWS = (
    TargetKind(
        "single-label",
        plural="classes",
        does="predicts classes",
        plan="{} classes",
        figures=("accuracy", "precision_macro", "recall_macro", "f1_macro", "top5_accuracy"),
        thorough_figures=("auroc",),
        figure="accuracy",
        loss="cross-entropy",
        wants="category",
        turns_to="multi-label",
        class_probabilities=True,
        counts_examples=True,
        least_classes=2,
        columns=LABELS,
        pairs=True,
        keys=_CLASS_KEYS,
        codec="ftcli.tasks.targets.labels:SingleLabelCodec",
        probing=Probing("ftcli.runs.probing.fits:classes", "f1_macro"),
        reader="ftcli.data.targets.labels:LabelTargets",
    ),
    TargetKind(
        "multi-label",
        plural="classes",
        does="predicts classes",
        plan="{} labels, any number each",
        figures=("exact_match", *_PER_CLASS),
        thorough_figures=("auroc",),
        figure="f1_macro",
        loss="bce",
        wants="category",
        many=True,
        class_probabilities=True,
        counts_examples=True,
        columns=LABELS,
        pairs=True,
        keys=_CLASS_KEYS,
        codec="ftcli.tasks.targets.labels:MultiLabelCodec",
        probing=Probing("ftcli.runs.probing.fits:labels", "f1_macro"),
        reader="ftcli.data.targets.labels:LabelTargets",
    ),
    TargetKind(
        "number",
        plural="numbers",
        does="predicts a number",
        plan="numbers to predict",
        figures=("mse", "rmse", "mae", "r2", "pearson"),
        thorough_figures=("spearman",),
        figure="mse",
        loss="mse",
        columns=LABELS,
        pairs=True,
        keys=frozenset({"label", "missing_labels"}),
        codec="ftcli.tasks.targets.numbers:NumberCodec",
        probing=Probing("ftcli.runs.probing.fits:numbers", "r2", squared=True),
        reader="ftcli.data.targets.numbers:NumberTargets",
    ),
    TargetKind(
        # Object detection.
        "boxes",
        plural="boxes",
        does="finds boxes",
        plan="boxes of {} classes",
        figures=(),
        thorough_figures=("map", "map50", "map75"),
        figure="map",
        loss="own",
        dense=True,
        counted="object",
        keys=frozenset({"classes", "class_names", "orientation", "missing_labels"}),
        codec="ftcli.tasks.targets.boxes:BoxCodec",
        reader="ftcli.data.targets.boxes:BoxTargets",
        opener="ftcli.data.annotations.boxes:boxes",
        starter_model="torchvision/fasterrcnn_resnet50_fpn_v2",
        defaults=Defaults(
            batch_size=(4, "large images, and more steps where there are few of them"),
            pretrained=_BOXES,
            scratch=_BOXES,
            clip=(10.0, "bounds the rare large gradients of boxes"),
            slow_start=True,
        ),
    ),
    TargetKind(
        # Segmentation.
        "mask",
        plural="masks",
        does="labels pixels",
        plan="pixels of {} classes",
        figures=("miou", "pixel_accuracy"),
        figure="miou",
        loss="cross-entropy",
        dense=True,
        counted="pixel",
        least_classes=2,
        named_values=True,
        keys=frozenset({"classes", "class_names", "mask", "ignore_index", "orientation", "missing_labels"}),
        codec="ftcli.tasks.targets.masks:MaskCodec",
        reader="ftcli.data.targets.masks:MaskTargets",
        opener="ftcli.data.masks.layouts:masks",
        starter_model="torchvision/deeplabv3_mobilenet_v3_large",
        starter_data=(
            "# class_names: [ground, sky]   # names for the values 0, 1, ..., or for all values in their order",
            "# ignore_index: 255            # the value of pixels that nobody labelled; none: there is none",
        ),
        defaults=Defaults(
            batch_size=(8, "large images, and each of their pixels is learned from"), slow_start=True
        ),
    ),
    TargetKind(
        # One for each word.
        "tags",
        plural="tags",
        does="labels words",
        plan="words with {} tags",
        figures=("token_accuracy", *_PER_CLASS),
        figure="f1_micro",
        loss="cross-entropy",
        counted="word",
        least_classes=2,
        columns=(
            ("tags", "tag", "ner_tags", "ner", "labels", "label"),
            ("upos", "pos_tags", "pos"),
        ),
        text_columns=(("tokens", "words", "word", "token", "form"), ("text", "sentence")),
        by_word=True,
        grouped="sentence",
        group_columns=SENTENCES,
        keys=frozenset({"label", "classes", "class_names", "sentence", "missing_labels"}),
        excludes=frozenset({"text_pair"}),
        codec="ftcli.tasks.targets.tags:TagCodec",
        probing=Probing("ftcli.runs.probing.fits:classes", "token_f1_macro"),
        reader="ftcli.data.targets.tags:TagTargets",
        opener="ftcli.data.sources.conll:tagged",
        table_opener="ftcli.data.sources.conll:untagged_file",
        table_endings=(".conll", ".conllu", ".iob", ".iob2", ".bio"),
        # Names have capitals.
        starter_model="bert-base-cased",
        defaults=Defaults(slow_start=True),
    ),
    TargetKind(
        # Text to text.
        "text",
        plural="texts to write",
        does="writes a text",
        plan="texts to write",
        figures=("bleu", "chrf"),
        thorough_figures=("rouge1", "rouge2", "rougeL"),
        figure="bleu",
        loss="cross-entropy",
        role="target",
        columns=TARGET_TEXTS,
        text_columns=(
            ("text",),
            ("source", "article", "document", "dialogue", "input", "question", "sentence", "content", "body"),
        ),
        prompts=PROMPTS,
        contexts=CONTEXTS,
        keys=frozenset({"target", "prefix", "context", "missing_labels"}),
        codec="ftcli.tasks.targets.texts:TextCodec",
        reader="ftcli.data.targets.texts:TextTargets",
        line_files=True,
        starter_model="t5-small",
        defaults=Defaults(
            scratch=Duration(
                0, 20, 20, "random weights: a network that writes sees its texts many times before it can"
            )
        ),
    ),
    TargetKind(
        # Speech recognition.
        "transcript",
        plural="transcripts",
        does="transcribes speech",
        plan="transcripts to write",
        figures=("wer", "cer"),
        figure="wer",
        # Or what the network asks for.
        loss="cross-entropy",
        role="target",
        columns=(("transcript", "transcription", "target"), ("text", *UTTERANCES)),
        said="target",
        verbatim=True,
        keys=frozenset({"target", "class_names", "missing_labels"}),
        codec="ftcli.tasks.targets.transcripts:TranscriptCodec",
        reader="ftcli.data.targets.texts:TextTargets",
        starter_model="openai/whisper-tiny",
        starter_notes=(
            "# The same table teaches to speak: task speech-synthesis, with text in the place of target, and perhaps",
            "# a column speaker; its model is microsoft/speecht5_tts.",
        ),
    ),
    TargetKind(
        # Language modelling.
        "tokens",
        plural="language modelling",
        does="learns the texts themselves",
        plan="tokens to predict",
        figures=("perplexity", "token_accuracy"),
        figure="perplexity",
        loss="cross-entropy",
        role="target",
        columns=TARGET_TEXTS,
        guessed=False,
        text_columns=(("text",), CHATS, *TEXT.columns[1:]),
        prompts=PROMPTS,
        contexts=CONTEXTS,
        chats=True,
        keys=frozenset(
            {"target", "context", "chat", "documents", "packing", "mask_probability", "missing_labels"}
        ),
        excludes=frozenset({"text_pair"}),
        codec="ftcli.tasks.targets.tokens:TokenCodec",
        reader="ftcli.data.targets.texts:InputTargets",
        opener="ftcli.data.sources.plain_text:plain_texts",
        starter_model="distilgpt2",
        defaults=Defaults(
            batch_size=(16, "each place of a text is learned from"),
            pretrained=Duration(
                0, 3, 3, "the usual length for language models that have learned the language"
            ),
            scratch=Duration(
                0, 20, 20, "from random weights: until validation no longer improves, at most 20 epochs"
            ),
            scored_first=True,
        ),
    ),
    TargetKind(
        # Speech synthesis.
        "speech",
        plural="speech",
        does="speaks texts",
        plan="sounds to make",
        figures=("spectrogram_distance", "mcd"),
        figure="loss",
        loss="spectrogram",
        role="audio",
        columns=AUDIO.columns,
        text_columns=(("text", "transcript", "transcription"), UTTERANCES),
        more_roles=("speaker",),
        files=AUDIO,
        said="text",
        speakers=True,
        keys=frozenset({"audio", "speaker", "class_names", "bad_files"}),
        excludes=frozenset({"text_pair", "max_length"}),
        codec="ftcli.tasks.targets.speech:SpeechCodec",
        reader="ftcli.data.targets.texts:TextTargets",
        defaults=Defaults(pretrained=_TO_SPEAK, scratch=_TO_SPEAK, recipe="speech"),
    ),
    TargetKind(
        # Examples without a target.
        "none",
        plural="nothing",
        does="learns without labels",
        plan="no labels",
        figures=(),
        figure="loss",
        loss="own",
        labelled=False,
        guessed=False,
    ),
)

KINDS: dict[str, TargetKind] = {row.name: row for row in _ROWS}


def wanted_kind(wants: str) -> TargetKind:
    """The kind that a task asks for; of several the one that the others turn from."""
    return next(row for row in KINDS.values() if row.wanted == wants)
