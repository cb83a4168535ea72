"""What examples are made of: one row for each modality. Other rooms ask the row, and compare no names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ColumnNames = tuple[
    tuple[str, ...], ...
]  # groups of usual names, likeliest first; two of one group are ambiguous

_PATHS = ("path", "file", "filename", "file_name", "filepath", "file_path")


@dataclass(frozen=True, slots=True)
class Modality:
    """One kind of input. `name` is its key in `Example.inputs` and the role of its column."""

    name: str
    plural: str
    columns: ColumnNames  # usual names of its column
    keys: frozenset[str]  # keys of `data` that have a meaning for it
    starter_model: str  # what `ftcli init` proposes
    roles: tuple[str, ...]  # of the columns that it may have
    media: str | None = (
        None  # "module:attribute" of its files' endings and decoder; None where it is not in files
    )
    size_unit: str = "tokens"  # of the input size of a network
    tokenised: bool = False
    spatial: bool = False  # rows and columns of pixels
    sampled: bool = False  # values over time, at a rate

    @property
    def in_files(self) -> bool:
        """Whether each example is a file of its own."""
        return self.media is not None


IMAGE = Modality(
    "image",
    "images",
    columns=(("image", "image_path"), (*_PATHS, "img", "picture", "photo")),
    keys=frozenset({"image", "augment", "image_size", "bad_files"}),
    starter_model="torchvision/resnet50",
    roles=("image",),
    media="ftcli.media.formats:IMAGE_FILES",
    size_unit="px",
    spatial=True,
)
TEXT = Modality(
    "text",
    "texts",
    columns=(
        ("text",),
        (
            "sentence",
            "review",
            "content",
            "document",
            "comment",
            "message",
            "tweet",
            "body",
            "question",
            "query",
        ),
    ),
    keys=frozenset({"text", "text_pair", "max_length", "max_tokens"}),
    starter_model="distilbert-base-uncased",
    roles=("text", "text_pair"),
    tokenised=True,
)
AUDIO = Modality(
    "audio",
    "sounds",
    columns=(("audio", "audio_path", "sound", "speech"), (*_PATHS, "wav", "clip", "recording")),
    keys=frozenset({"audio", "max_seconds", "bad_files"}),
    starter_model="MIT/ast-finetuned-audioset-10-10-0.4593",
    roles=("audio",),
    media="ftcli.media.formats:SOUND_FILES",
    sampled=True,
)

MODALITIES: Mapping[str, Modality] = {one.name: one for one in (IMAGE, TEXT, AUDIO)}
FILE_ROLES = tuple(one.name for one in MODALITIES.values() if one.in_files)  # roles whose values are files
Inputs = tuple[Modality, ...]  # those that each example of a task has
