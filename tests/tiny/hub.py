"""The repositories of the catalogue as the hub holds them, with a tiny network of the published kind in each.

`repositories.json` has for each its `files`, by name, and the `settings` that loaders read; a number in the place of
labels is a count. Of its weights it has `network`, the class that was published if the configuration does not say it;
`dtype`; `renames`, from the names of today to those in the file; `extra`, the names that no loader uses; and `smaller`,
what else makes the tiny network, where it is one of timm.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from huggingface_hub.errors import LocalEntryNotFoundError
from huggingface_hub.utils._paths import filter_repo_objects
from safetensors.torch import load_file, save_file
from torch import Tensor

from ftcli.models.pretrained.networks import read_config
from tests.tiny.vocabularies import Vocabulary, vocabulary

FILE = Path(__file__).with_name("repositories.json")
FORMATS = ("model.safetensors", "pytorch_model.bin")
STEP = 8  # channels of the narrowest layers; each next one has twice as many
COLOURS = 3
WIDTHS = re.compile(
    r"hidden_sizes?|d_model|dim|n_embd|embedding_size|embed_dim|hidden_dim|intermediate_size|d_ff|d_inner|conv_dim"
    r"|(encoder|decoder)_(ffn|hidden)_dim|(encoder|decoder)_in_channels|decoder_hidden_size|output_hidden_size"
    r"|speech_decoder_(pre|post)net_units|stem_channels|stage_(in|mid|out)_channels"
)
LAYERS = re.compile(r"num_hidden_layers|n_layers?|num_layers|num_decoder_layers|(encoder|decoder)_layers")
HEADS = re.compile(r"num_attention_heads|num_heads|n_heads?|(encoder|decoder)_attention_heads")
IDS = re.compile(
    r".*token_ids?|suppress_tokens|begin_suppress_tokens|bad_words_ids|forced_decoder_ids|lang_to_id|task_to_id"
)
DEPTHS = ("depths", "num_block_repeats")  # layers by stage
DEEP = 2  # layers
LAYER_TYPES = ["sliding_attention", "full_attention"]
STAGES: dict[str, Any] = {  # of a backbone that gives the features of its layers
    "stage_names": ["stem", "stage1", "stage2"],
    "out_features": ["stage2"],
    "out_indices": [2],
}
LABELS = ("id2label", "label2id")


@dataclass(frozen=True, slots=True)
class Repository:
    """One of them, see above."""

    name: str
    files: tuple[str, ...]
    settings: Mapping[str, Any]
    network: str | None = None
    dtype: str = "float32"
    tokenizer: str | None = None
    renames: tuple[tuple[str, str], ...] = ()
    extra: tuple[str, ...] = ()
    smaller: Mapping[str, Any] = field(default_factory=dict)
    gated: bool = False

    def lay_out_settings(self, folder: Path) -> Path:
        """Fill `folder` with the whole repository, but for what is in the files of weights."""
        for name in self.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(self._content(name))
        return folder

    def lay_out(self, folder: Path) -> dict[str, Tensor]:
        """Fill `folder` with the whole repository; the weights, by the names of transformers' own network."""
        network = self._network(self.lay_out_settings(folder))
        for name, weights in self._weights(network).items():
            (save_file if name.endswith(".safetensors") else torch.save)(weights, folder / name)
        state: dict[str, Tensor] = network.state_dict()
        return state

    @property
    def words(self) -> Vocabulary:
        """The tokenizer's, or one of the size of a head that spells."""
        return vocabulary(self.tokenizer) if self.tokenizer else Vocabulary({}, 32)

    def _content(self, name: str) -> bytes:
        settings = self.settings.get(name)
        if name == "config.json":
            settings = {**_smaller(settings, self._sizes, self.words.size), **self.smaller}
        if name in ("config.json", "generation_config.json", "added_tokens.json"):
            settings = _numbered(settings, self._id, within=name == "added_tokens.json")
        if settings is not None:
            return json.dumps(_labelled(settings), indent=2).encode()
        found = self.words.file(name)
        return b"not for a loader" if found is None else found

    @property
    def _sizes(self) -> list[int]:
        fields = _fields(self.settings["config.json"])
        found = {one for key, value in fields if WIDTHS.fullmatch(key) for one in _numbers(value)}
        return sorted(found - {COLOURS})

    def _id(self, number: int) -> int:
        """A token's id in the tiny vocabulary; special tokens that are behind all others stay there."""
        if number < self.words.size:
            return number
        fields = _fields(self.settings["config.json"])
        known = [one for key, value in fields if IDS.fullmatch(key) for one in _numbers(value)]
        first = min(one for one in [number, *known] if one >= self.words.size)
        return min(self.words.size - 1, self.words.first + number - first)

    def _network(self, folder: Path) -> Any:
        if "pretrained_cfg" in self.settings["config.json"]:
            return self._network_of_timm(folder)
        kind = getattr(hf, self.network or self.settings["config.json"]["architectures"][0])
        named = self.settings["config.json"].get("use_timm_backbone")  # which transformers itself would fetch
        network = kind(read_config(folder) if named else kind.config_class.from_pretrained(folder)).float()
        if self.settings["config.json"].get("tie_word_embeddings") is False:  # which T5's no longer heeds
            network.lm_head.weight = torch.nn.Parameter(network.lm_head.weight.detach().clone())
        with torch.no_grad():
            for value in network.parameters():
                if value.requires_grad:  # the sines of positions are what they are
                    value.normal_(0, 0.1)
        return network.to(getattr(torch, self.dtype)).float()

    @staticmethod
    def _network_of_timm(folder: Path) -> Any:
        import timm

        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        options = config.get("model_args", {})
        return timm.create_model(config["architecture"], num_classes=config["num_classes"], **options)

    def _weights(self, network: Any) -> dict[str, dict[str, Tensor]]:
        """What is in each file of weights. PyTorch's hold what is tied under each of its names."""
        if not hasattr(network, "save_pretrained"):
            return {name: network.state_dict() for name in FORMATS if name in self.files}
        hf.utils.logging.disable_progress_bar()
        with tempfile.TemporaryDirectory() as folder:
            network.save_pretrained(folder)
            state = load_file(Path(folder) / "model.safetensors")
        held = network.state_dict()
        tied = {
            name: held[name] for name in getattr(network, "_tied_weights_keys", None) or () if name in held
        }
        extra = {name: torch.zeros(4) for name in self.extra}
        states = dict(zip(FORMATS, (state, tied | state), strict=True))
        return {
            name: {self._published(key): value.to(getattr(torch, self.dtype)) for key, value in one.items()}
            | extra
            for name, one in states.items()
            if name in self.files
        }

    def _published(self, name: str) -> str:
        for pattern, new in self.renames:
            name = re.sub(pattern, new, name)
        return name


def _fields(content: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        yield from content.items()
    for inner in (
        content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    ):
        yield from _fields(inner)


def _numbers(value: Any) -> list[int]:
    return [one for one in (value if isinstance(value, list) else [value]) if type(one) is int]


def _each(change: Callable[[int], int], value: Any) -> Any:
    """`value` with every whole number in it changed."""
    if isinstance(value, dict):
        return {key: _each(change, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_each(change, one) for one in value]
    return change(value) if type(value) is int else value


def _smaller(settings: Any, sizes: list[int], words: int) -> Any:
    """A configuration of few layers and channels: equal widths stay equal, and the wider stays the wider."""
    if not isinstance(settings, dict):
        return [_smaller(one, sizes, words) for one in settings] if isinstance(settings, list) else settings
    return {key: _shrunk(key, value, settings, sizes, words) for key, value in settings.items()}


def _shrunk(key: str, value: Any, beside: Mapping[str, Any], sizes: list[int], words: int) -> Any:
    fixed: dict[str, Any] = {"head_dim": STEP // 2, "d_kv": STEP // 2, "d_head": STEP // 2}
    fixed |= {
        "vocab_size": words,
        "decoder_vocab_size": words,
        "depth_multiplier": 0.25,
        "layer_types": LAYER_TYPES,
    }
    if "embed_dim" in beside and "depths" in beside:  # Swin's width follows from the other
        fixed["hidden_size"] = STEP * 2 ** (len(beside["depths"]) - 1)
    if "num_hidden_layers" in beside and "depths" not in beside:
        fixed |= STAGES
    if "num_key_value_heads" in beside:
        fixed["num_key_value_heads"] = (
            2 if beside["num_key_value_heads"] == beside["num_attention_heads"] else 1
        )
    if key in fixed and value is not None:
        return fixed[key]
    if WIDTHS.fullmatch(key) and "width_coefficient" not in beside:
        return _each(lambda one: STEP * 2 ** sizes.index(one) if one in sizes else one, value)
    if key in DEPTHS:
        return [1] * len(value)
    if LAYERS.fullmatch(key) and not any(one in beside for one in DEPTHS):
        return min(value, DEEP)
    return _each(lambda one: min(one, 2), value) if HEADS.fullmatch(key) else _smaller(value, sizes, words)


def _numbered(settings: Any, change: Callable[[int], int], *, within: bool = False) -> Any:
    """Settings whose token ids are of the tiny vocabulary."""
    if isinstance(settings, dict):
        return {
            key: _each(change, value) if within or IDS.fullmatch(key) else _numbered(value, change)
            for key, value in settings.items()
        }
    return settings


def _labelled(settings: Any) -> Any:
    """Settings with a name for each label, where they are counted."""
    if not isinstance(settings, dict):
        return settings
    names = {key: range(value) for key, value in settings.items() if key in LABELS and isinstance(value, int)}
    made = {
        key: {str(i): f"LABEL_{i}" for i in labels}
        if key == "id2label"
        else {f"LABEL_{i}": i for i in labels}
        for key, labels in names.items()
    }
    return {key: _labelled(value) for key, value in settings.items()} | made


@cache
def repositories() -> dict[str, Repository]:
    """All of them, by name."""
    found = json.loads(FILE.read_text(encoding="utf-8"))["repositories"]
    return {name: Repository(**{"name": name, **_typed(one)}) for name, one in found.items()}


def _typed(one: Mapping[str, Any]) -> dict[str, Any]:
    lists = {key: tuple(one[key]) for key in ("renames", "extra") if key in one}
    return {**one, **lists, "files": tuple(one["files"].split())}


class Hub:
    """In place of `huggingface_hub`: its repositories are folders, and what is downloaded is copied into a cache."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = root / "cache"

    def put(self, repository: Repository) -> dict[str, Tensor]:
        """Publish it; see `Repository.lay_out`."""
        return repository.lay_out(self.root / "hub" / repository.name)

    def list_repo_files(self, name: str, **_: Any) -> list[str]:
        """The names of all files."""
        folder = self.root / "hub" / name
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    def snapshot_download(
        self,
        name: str,
        *,
        allow_patterns: list[str] | None = None,
        ignore_patterns: list[str] | None = None,
        local_files_only: bool = False,
        **_: Any,
    ) -> str:
        """The folder in the cache, into which the chosen files are copied first."""
        folder = self.cache / name
        if local_files_only:
            if not folder.is_dir():
                raise LocalEntryNotFoundError(f"{name} is not in the cache")
            return str(folder)
        chosen = filter_repo_objects(
            self.list_repo_files(name), allow_patterns=allow_patterns, ignore_patterns=ignore_patterns
        )
        for file in chosen:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / "hub" / name / file, folder / file)
        return str(folder)
