"""The inputs of examples: one row for each modality. Other rooms read the row and do not compare names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Groups of usual names, likeliest first; two of one group are ambiguous.
ColumnNames = tuple[tuple[str, ...], ...]

_PATHS = ("path", "file", "filename", "file_name", "filepath", "file_path")


@dataclass(frozen=True, slots=True)
class Modality:
    """One kind of input. `name` is its key in `Example.inputs` and the role of its column."""

    name: str
    plural: str
    # Usual names of its column.
    columns: ColumnNames
    # Keys of `data` that have a meaning for it.
    keys: frozenset[str]
    # What `ftcli init` proposes.
    starter_model: str
    # Of the columns that it may have.
    roles: tuple[str, ...]
    # "module:attribute" of its files' endings and decoder; None where it is not in files.
    media: str | None = None
    # Of the input size of a network.
    size_unit: str = "tokens"
    tokenised: bool = False
    # Rows and columns of pixels.
    spatial: bool = False
    # Values over time, at a rate.
    sampled: bool = False

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
    keys=frozenset({"text", "text_pair", "max_length", "max_tokens", "bad_files"}),
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
# Roles whose values are files.
FILE_ROLES = tuple(one.name for one in MODALITIES.values() if one.in_files)
# Those that each example of a task has.
Inputs = tuple[Modality, ...]
