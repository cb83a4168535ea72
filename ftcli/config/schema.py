"""What a YAML file may say: the user's contract, as frozen dataclasses.

A field's metadata holds `help` (one line, for the JSON Schema) and, where it applies, `minimum`, `maximum`,
`exclusive_minimum` or `choices`; `short`, the words for what may be written instead of a mapping; and `unbound` for a
mapping that becomes `Options`. A default of None means: left out, so `config/defaults/` chooses and gives its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ftcli.config.generation import Generation
from ftcli.config.keys import key
from ftcli.config.options import Options
from ftcli.config.places import Places
from ftcli.config.training_keys import Training


@dataclass(frozen=True, slots=True)
class Part:
    """A name from a registry, and the options for it, which bind to the signature of what the name loads.

    Options that a user wrote are `Options`; plain values are what the program chose.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=Options)

    def choosing(self, **chosen: Any) -> Part:
        """With options that the program chooses, beside those that are there."""
        return Part(self.name, Options.of(self.options) | chosen)


@dataclass(frozen=True, slots=True)
class Head:
    """What is put on the backbone. Without `hidden` it is linear."""

    hidden: tuple[int, ...] = key("Widths of the hidden layers; empty for a linear head", (), minimum=1)
    activation: str = key("Between the layers", "relu", choices=("relu", "gelu", "silu", "tanh"))
    dropout: float = key("Before each linear layer", 0.0, minimum=0.0, maximum=0.95)


@dataclass(frozen=True, slots=True)
class Cache:
    """What is computed once and kept on disk, for later epochs and other runs."""

    keep: str = key(
        "auto: encoded inputs, and the features of frozen blocks; inputs: only those; none: nothing",
        "auto",
        choices=("auto", "inputs", "none"),
    )
    views: int | None = key(
        "Augment each image in this many ways only, so that the features of frozen blocks can be kept",
        minimum=1,
    )
    folder: str | None = key("Where; $FTCLI_CACHE or ~/.cache/ftcli if left out")
    limit_gb: float = key(
        "Size of the folder in gigabytes, above which what was used least recently goes",
        20.0,
        exclusive_minimum=0.0,
    )


@dataclass(frozen=True, slots=True)
class Data:
    """Where the examples are and what their columns mean."""

    source: str | None = key("A known data set, a folder, or a Hugging Face dataset id")
    train: str | None = key(
        "Training split: a table, a folder of class folders, or a split's name; train.{en,de}.gz are two files, with a "
        "text on each line of the first, and what to write on the same line of the second"
    )
    val: str | float | None = key(
        "Validation split: a path, a split's name, or a fraction of the training split or a condition on it"
    )
    test: str | float | None = key(
        "Test split: a path, a split's name, or a fraction of the training split or a condition on it: index < 5"
    )
    split_seed: int | None = key(
        "Seed by which examples are drawn for val and test; training.seed if left out, so that another seed of the "
        "training is judged on other examples",
        minimum=0,
    )
    subset: str | None = key("The configuration of a Hugging Face dataset")
    root: str | None = key("Folder that paths in a table, or downloaded data sets, are relative to")
    download: bool = key("Whether a known data set may be downloaded", True)
    image: str | None = key("Column with the path of the image, or a name of columns: images/{id}.jpg")
    audio: str | None = key("Column with the path of the sound, or a name of columns: wavs/{id}.wav")
    speaker: str | None = key("Column with the name of the speaker, who gets a voice of its own")
    pattern: str | None = key(
        "Where the label is in file names, such as {label}_{speaker}_{index}.wav: for a folder without class folders"
    )
    text: str | None = key("Column with the text")
    text_pair: str | None = key("Column with the second text of a pair")
    label: str | tuple[str, ...] | None = key("Column with the label, or a list of columns of 0 and 1")
    target: str | None = key("Column with the text to write, such as a transcript")
    context: str | None = key(
        "Column that belongs to the text and is joined to it, as the input of an instruction"
    )
    chat: bool | None = key(
        "Whether the chat template writes prompts and answers, too: yes for instructions, if the tokenizer has one"
    )
    sentence: str | None = key("Column with the number of the sentence, for a table with a word a row")
    prefix: str | None = key(
        "Text before every source text, such as the task in words that a T5 was trained with"
    )
    mask: str | None = key(
        "Folder of the masks, or masks/{name}_mask.png for their names; {split} is the name of the folder of images"
    )
    ignore_index: int | Literal["none"] | None = key(
        "Value that does not count, or none; 255 if left out, unless it is a class", minimum=0, maximum=65535
    )
    orientation: str = key(
        "Where EXIF turns an image: whether boxes, outlines and masks are of the image turned upright or as it is "
        "stored; auto decides by the evidence",
        "auto",
        choices=("auto", "upright", "stored"),
    )
    label_separator: str | None = key("Separates the labels in the label column; makes the task multi-label")
    documents: str | None = key(
        "What a text is in a plain text file: a line, a paragraph (between blank lines), or the file",
        choices=("line", "paragraph", "file"),
    )
    columns: tuple[str, ...] | None = key("Names of the columns, for a table without a header line")
    keep: tuple[str, ...] | None = key(
        "Columns that are neither inputs nor labels, kept with each example (Example.attributes): to compare groups"
    )
    delimiter: str | None = key("Separates the columns of a table; by the file's content if left out")
    quoting: bool = key("Whether quotes in a CSV or TSV file enclose a value", True)
    escape: str | None = key("Character before a quote within quotes; by the file's content if left out")
    classes: tuple[str, ...] | None = key("Use only the examples of these classes, in this order")
    class_names: str | tuple[str, ...] | None = key(
        "Names for labels, transcripts or texts to be spoken that are 0, 1, ...; or a file with one a line"
    )
    per_class: int | None = key("Use at most this many training examples of each class", minimum=1)
    bad_files: str = key(
        "What to do about images and sounds that cannot be read: name all and stop, or leave them out",
        "fail",
        choices=("fail", "skip"),
    )
    missing_labels: str = key(
        "Examples without a label, such as an empty cell, or an image without its XML file or mask: name all and stop, "
        "leave them out, or take them as examples of no class",
        "fail",
        choices=("fail", "skip", "empty"),
    )
    batch_size: int | Literal["auto"] | None = key(
        "Examples in a batch; auto: the usual one, and training.micro_batch by what is measured", minimum=1
    )
    workers: int | None = key("Processes that read and encode", minimum=0)
    augment: str | None = key("Random changes in training", choices=("none", "light", "flip", "standard"))
    cache: Cache = field(
        default_factory=Cache, metadata={"help": "What is kept on disk", "short": "auto, inputs, none"}
    )
    image_size: int | None = key("Side of the images in pixels", minimum=8)
    max_length: int | None = key("Tokens after which a text is cut", minimum=2)
    max_tokens: int | None = key("Most padded tokens in a batch of texts", minimum=8)
    packing: bool | None = key("Language modelling: whether texts are joined to blocks of max_length tokens")
    mask_probability: float | None = key(
        "Masked language modelling: the share of tokens to mask; 0.15 if left out",
        exclusive_minimum=0.0,
        maximum=0.9,
    )
    max_seconds: float | None = key("Seconds after which a sound is cut", exclusive_minimum=0.0)

    @property
    def batch(self) -> int:
        """Examples in a batch; 1 where nothing has chosen it yet."""
        return self.batch_size if isinstance(self.batch_size, int) else 1


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A tokenizer that is trained on the texts of the training split."""

    kind: str = key("How texts are taken apart", "bpe", choices=("bpe", "wordpiece", "unigram", "characters"))
    vocab_size: int | None = key(
        "Most tokens; 8000 if left out, and all characters for those", minimum=2, maximum=1_000_000
    )
    lowercase: bool = key("Whether capitals become small letters", False)


@dataclass(frozen=True, slots=True)
class Model:
    """The pre-trained network and its new head."""

    backbone: str = key("torchvision/NAME, or a Hugging Face id or folder", "")
    weights: str | None = key(
        "imagenet, none, a .safetensors or .pth file, a Hugging Face id or folder, a run or one of its checkpoints"
    )
    head: Head = field(default_factory=Head, metadata={"help": "The new head", "short": "linear, mlp"})
    config: Mapping[str, Any] | None = key(
        "A network from nothing: options of the configuration class of transformers, whose model type is the backbone",
        unbound=True,
    )
    tokenizer: Tokenizer | None = key("For a network from nothing: trained on the training texts")
    source_language: str | None = key(
        "The code of the language of the texts to translate or of what is said, for models of many"
    )
    target_language: str | None = key("Translation: the code of the language to write, for models of many")
    vocoder: str | None = key(
        "Speech: a HiFi-GAN id or folder that makes sound of spectrograms; Griffin and Lim's method if left out"
    )
    pooling: str | None = key("Text: how tokens become one vector", choices=("mean", "cls", "last"))
    detector: str | None = key(
        "Object detection: what is put on the backbone of a classifier; none on a backbone that is a detector",
        choices=("faster-rcnn", "fcos", "retinanet", "ssd"),
    )
    score_threshold: float | None = key(
        "Object detection: least probability of a box that is predicted; 0.5 if left out. Figures count all",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True, slots=True)
class Experiment:
    """One YAML file."""

    task: str = key("What to learn", "")
    data: Data = field(default_factory=Data, metadata={"help": "Where the examples are", "short": "a source"})
    model: Model = field(default_factory=Model, metadata={"help": "What to fine-tune", "short": "a backbone"})
    freeze: Part | None = key("What stays as it is: none, backbone, N blocks, [patterns], lp-ft, gradual")
    loss: Part | None = key("What to minimise")
    optimizer: Part | None = key("How the weights move")
    schedule: Part | None = key("How the learning rate moves")
    training: Training = field(default_factory=Training, metadata={"help": "How long, on what"})
    generation: Generation = field(
        default_factory=Generation, metadata={"help": "How texts are written, where the task writes texts"}
    )
    quality: str | None = key(
        "For keys that are left out: fast is the head alone; good is what is chosen without it; best is twice as long, "
        "and the average of the best epochs",
        choices=("fast", "good", "best"),
    )
    output: str | None = key("The run directory; runs/<config name> if left out")
    # Not a key.
    places: Places = field(default_factory=Places, repr=False, compare=False)

    @property
    def split_seed(self) -> int:
        """By which examples are drawn for the splits."""
        return self.training.seed if self.data.split_seed is None else self.data.split_seed
