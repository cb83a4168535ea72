"""What Hugging Face weights expect of their inputs, read from their own files."""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from tokenizers import Tokenizer
from torch import nn
from transformers import AutoTokenizer, PreTrainedTokenizerBase
from transformers.models.auto.image_processing_auto import (
    IMAGE_PROCESSOR_MAPPING,
    get_image_processor_class_from_name,
)

from ftcli.contracts import ImagePreprocess, TextPreprocess
from ftcli.errors import ModelError, WeightsError
from ftcli.models.pretrained.hub import first_line, require
from ftcli.models.pretrained.screening import CONFIG, read_settings

LONGEST = 512  # tokens, where the user sets no length; memory grows with the square
LARGEST_SIDE = 8192  # pixels, of the images that a network takes
UNLIMITED = 1_000_000  # tokens; tokenizers without a limit have 1e30

Interpolation = Literal["bilinear", "bicubic", "nearest-exact"]
RESAMPLING: dict[int, Interpolation] = {0: "nearest-exact", 2: "bilinear", 3: "bicubic"}  # Pillow's numbers
SQUARE = "default_to_square"  # whether a single number is both sides of an image, or the shorter one
# What is read of the settings of an image processor.
READ = (
    "size", SQUARE, "crop_size", "crop_pct", "do_resize", "do_center_crop", "resample", "do_rescale", "rescale_factor",
    "rescale_offset", "do_normalize", "image_mean", "image_std", "include_top", "do_flip_channel_order",
)  # fmt: skip
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}  # of timm
_OF_SYSTEM = re.compile(r"\(os error (\d+)\)$")
PROCESSORS = ("preprocessor_config.json", "processor_config.json")
TOKENIZERS = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "spm_char.model",
    "source.spm",
)


def image_preprocess(folder: Path, config: Any, *, required: bool) -> ImagePreprocess:
    """The pipeline in the folder's `preprocessor_config.json`; the one of ImageNet if that is not `required`.

    Raises `WeightsError` if it is missing.
    """
    if getattr(config, "pretrained_cfg", None) and not any((folder / name).is_file() for name in PROCESSORS):
        return understood(folder / CONFIG, timm_settings)
    if not required and not (folder / PROCESSORS[0]).is_file():
        size = getattr(config, "image_size", None)
        size = size if isinstance(size, int) else 224
        return ImagePreprocess(resize=size, crop=size)
    return understood(require(folder, *PROCESSORS), image_settings, config)


def understood(
    path: Path, understand: Callable[[Mapping[str, Any]], ImagePreprocess], config: Any = None
) -> ImagePreprocess:
    """The pipeline that the file of a transformers processor describes, for a network of `config`.

    Raises `WeightsError` if it is none.
    """
    settings = read_settings(path)
    try:
        preprocess = understand(completed(settings.get("image_processor", settings), config))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
        raise WeightsError(f"{path}: no images can be prepared as it says ({first_line(error)})") from error
    sides = [preprocess.resize, preprocess.crop, preprocess.longest or 1]
    if not all(1 <= side <= LARGEST_SIDE for side in sides):
        raise WeightsError(
            f"{path}: images of {max(sides):,} pixels a side; at most {LARGEST_SIDE:,} are made"
        )
    return preprocess


def completed(settings: Mapping[str, Any], config: Any = None) -> dict[str, Any]:
    """The settings, with the defaults of the image processor that they name, or that is usual for `config`."""
    name = str(settings.get("image_processor_type") or settings.get("feature_extractor_type"))
    found = get_image_processor_class_from_name(name.replace("FeatureExtractor", "ImageProcessor"))
    if found is None and type(config) in IMAGE_PROCESSOR_MAPPING:
        found = next(iter(IMAGE_PROCESSOR_MAPPING[type(config)].values()))
    given = {key: value for key, value in settings.items() if value is not None}
    return {key: getattr(found, key) for key in READ if getattr(found, key, None) is not None} | given


def image_settings(settings: Mapping[str, Any]) -> ImagePreprocess:
    """The pipeline for the settings of a transformers image processor.

    Raises `ValueError` for what this pipeline cannot do.
    """
    if settings.get("do_flip_channel_order"):
        raise ValueError("its channels are blue, green and red, and images here are red, green and blue")
    size = _side(settings.get("size"), 224)
    crop = _side(settings.get("crop_size"), size) if settings.get("do_center_crop") else size
    given = settings.get("size")
    resize, squash = size, "height" in given if isinstance(given, Mapping) else bool(settings.get(SQUARE))
    if settings.get("crop_pct"):  # ConvNeXt: crops small images, squashes large ones
        resize, squash = (int(size / settings["crop_pct"]), False) if size < 384 else (size, True)
    if not settings.get("do_resize", True):
        resize = crop
    mean, std = _normalisation(settings)
    resample = RESAMPLING.get(int(settings.get("resample", 2)), "bilinear")
    return ImagePreprocess(max(resize, crop), crop, mean, std, resample, squash)


def timm_settings(settings: Mapping[str, Any]) -> ImagePreprocess:
    """Our pipeline for the `pretrained_cfg` of a network of timm, with timm's values for what it leaves out.

    Raises `ValueError` for images that are not square, for borders around them and for other ways to resize.
    """
    known = settings["pretrained_cfg"]
    _, height, width = known.get("input_size") or (3, 224, 224)
    mode, wanted = known.get("crop_mode") or "center", known.get("interpolation") or "bicubic"
    interpolation = next((one for one in RESAMPLING.values() if one == wanted), None)
    if height != width or mode not in ("center", "squash") or interpolation is None:
        raise ValueError(f"{height} x {width} pixels, crop_mode {mode!r}, interpolation {wanted!r}")
    resize = max(int(height / (known.get("crop_pct") or 0.875)), height)
    mean, std = _normalisation({f"image_{key}": known.get(key) or usual for key, usual in IMAGENET.items()})
    return ImagePreprocess(resize, height, mean, std, interpolation, squash=mode == "squash")


def _side(size: Any, default: int) -> int:
    if isinstance(size, Mapping):
        size = size.get("shortest_edge") or size.get("height") or size.get("longest_edge")
    if isinstance(size, (list, tuple)):
        size = size[0]
    return int(size or default)


Triple = tuple[float, float, float]


def _normalisation(settings: Mapping[str, Any]) -> tuple[Triple, Triple]:
    """Mean and deviation for pixels in [0, 1], into which any other scaling is folded."""
    scale = (
        255 * float(settings.get("rescale_factor", 1 / 255)) if settings.get("do_rescale", True) else 255.0
    )
    offset = 1.0 if settings.get("rescale_offset") else 0.0
    normal = settings.get("do_normalize", True)
    mean = _triple(settings.get("image_mean", 0.5)) if normal else (0.0,) * 3
    std = _triple(settings.get("image_std", 0.5)) if normal else (1.0,) * 3
    if normal and settings.get("include_top"):  # EfficientNet's divides by the deviation twice
        std = tuple(value * value for value in std)
    means = [(value + offset) / scale for value in mean]
    stds = [value / scale for value in std]
    return (means[0], means[1], means[2]), (stds[0], stds[1], stds[2])


def _triple(value: Any) -> tuple[float, ...]:
    return (float(value),) * 3 if isinstance(value, (int, float)) else tuple(map(float, value))


def save_tokenizer(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write its files, without the truncation and padding of earlier calls, which would differ from run to run.

    Raises `OSError` where they cannot be written.
    """
    if tokenizer.is_fast:
        backend: Any = tokenizer.backend_tokenizer
        backend.no_truncation()
        backend.no_padding()
    try:
        tokenizer.save_pretrained(folder)
    except Exception as error:  # of a full disk tokenizers raises plain exceptions, with its number
        refused = _OF_SYSTEM.search(str(error))
        if isinstance(error, OSError) or refused is None:
            raise
        number = int(refused.group(1))
        raise OSError(number, os.strerror(number), str(folder)) from error


def text_preprocess(folder: Path, net: nn.Module, max_length: int | None) -> TextPreprocess:
    """The tokenizer in `folder`, fitted to `net`: a padding token, and segment ids if it takes them.

    Raises `WeightsError` if it is missing, and `ModelError` if it is of another model or `max_length` is too long.
    """
    return suited(read_tokenizer(folder), folder, net, max_length)


def read_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer in `folder`. Raises `WeightsError` if it is missing, or cannot be read."""
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            str(folder), trust_remote_code=False
        )
    except Exception as error:  # of a damaged file tokenizers raises plain exceptions
        require(folder, *TOKENIZERS)
        raise WeightsError(f"{folder}: its tokenizer cannot be read ({first_line(error)})") from error
    # Without its files transformers makes many tokenizers without a vocabulary; those of bytes have no files.
    if files := tokenizer.vocab_files_names:
        require(folder, *dict.fromkeys((TOKENIZERS[0], *files.values())))
    return tokenizer


def suited(
    tokenizer: PreTrainedTokenizerBase, where: object, net: nn.Module, max_length: int | None
) -> TextPreprocess:
    """`tokenizer`, which is from `where`, fitted to `net`, in place. Raises as `text_preprocess` does."""
    vocabulary = int(net.get_input_embeddings().num_embeddings)  # type: ignore[operator]
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if tokenizer.pad_token is None:
        raise ModelError(f"{where}: its tokenizer has no token that could serve as padding")
    _remove_unknown(tokenizer, vocabulary)
    largest = max(tokenizer.get_vocab().values())
    if largest >= vocabulary:
        raise ModelError(f"{where}: its tokenizer gives ids up to {largest}, its network knows {vocabulary}")
    names = [name for name in tokenizer.model_input_names if name != "token_type_ids"]
    tokenizer.model_input_names = [*names, "token_type_ids"] if _takes_segments(net) else names
    return TextPreprocess(tokenizer, _length(where, tokenizer, positions(net), max_length))


def _remove_unknown(tokenizer: PreTrainedTokenizerBase, vocabulary: int) -> None:
    """Remove special tokens without an embedding in the network, in place: Gemma 3's small ones have one of images."""
    tokens = tokenizer.added_tokens_decoder
    unknown = [index for index, token in tokens.items() if index >= vocabulary and token.special]
    if unknown and tokenizer.is_fast:
        made = json.loads(tokenizer.backend_tokenizer.to_str())
        made["added_tokens"] = [token for token in made["added_tokens"] if token["id"] not in unknown]
        tokenizer._tokenizer = Tokenizer.from_str(json.dumps(made))


def _length(where: object, tokenizer: PreTrainedTokenizerBase, limit: int, wanted: int | None) -> int:
    if wanted is None:
        return min(int(min(tokenizer.model_max_length, UNLIMITED)), limit, LONGEST)
    if wanted > limit:
        raise ModelError(
            f"{where} takes at most {limit} tokens, not {wanted}: set data.max_length to {limit}"
        )
    return wanted


def positions(net: nn.Module) -> int:
    """How many tokens the network has positions for; `sys.maxsize` for relative ones (T5, XLNet)."""
    for name, module in net.named_modules():
        if isinstance(module, nn.Embedding) and name.endswith(
            ("position_embeddings", "wpe", "embed_positions")
        ):
            first = 0 if module.padding_idx is None else module.padding_idx + 1  # RoBERTa counts from there
            return module.num_embeddings - int(getattr(module, "offset", first))
    config: Any = net.config
    if hasattr(config, "relative_attention_num_buckets"):
        return sys.maxsize
    known = getattr(config.get_text_config(), "max_position_embeddings", None)
    return int(known) if known is not None and known > 0 else sys.maxsize


def _takes_segments(net: nn.Module) -> bool:
    """Whether the network takes segment ids for the two texts of a pair."""
    config: Any = net.config
    takes = "token_type_ids" in inspect.signature(net.forward).parameters
    return takes and (config.model_type == "xlnet" or getattr(config, "type_vocab_size", 0) > 1)
