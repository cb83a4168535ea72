"""A network from a small configuration: a model type of transformers, and the options of its configuration class."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from transformers import AutoModel, PreTrainedConfig
from transformers.activations import ACT2FN
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES
from transformers.models.auto.modeling_auto import MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES

from ftcli.config.binding import bind_options
from ftcli.config.places import Places
from ftcli.config.schema import Part, Tokenizer
from ftcli.config.value_types import kind_of
from ftcli.errors import ModelError, did_you_mean, listing
from ftcli.models.pretrained.networks import quiet
from ftcli.models.request import Request
from ftcli.models.scratch.special_tokens import DECIDED, fit_config
from ftcli.models.scratch.tokenizers import train_tokenizer

KEY = "model.config"
POSITIVE = re.compile(r"layer|head|(size|model|embd)$")  # options of which there is at least one
USUAL = (
    "bert",
    "roberta",
    "gpt2",
    "llama",
    "t5",
    "marian",
    "mbart",
    "wav2vec2",
    "whisper",
    "speecht5",
    "vits",
)
# What the program sets beside the tokenizer's ids: the labels, and the uses that are the task's.
SET_HERE = {
    *(name for name in inspect.signature(PreTrainedConfig).parameters),
    *("num_labels", "use_cache", "is_decoder", "add_cross_attention", "is_encoder_decoder"),
}
# What transformers raises while it makes a configuration or a network of options that contradict each other.
CONTRADICTIONS = (
    StrictDataclassError,
    ImportError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    RuntimeError,
    AssertionError,
    AttributeError,
    ArithmeticError,
)


def new_config(model_type: str, options: Mapping[str, Any], places: Places) -> Any:
    """The configuration of `model_type` (`bert`, `llama`, ...) with `options`; the rest as transformers has it.

    Its vocabulary is not yet that of a tokenizer: see `fit_config`. Raises `ConfigError` for a type or options that do
    not exist, are of the wrong type, are not the user's to set, or contradict each other.
    """
    if model_type not in CONFIG_MAPPING_NAMES:
        near = did_you_mean(model_type, CONFIG_MAPPING_NAMES)
        problem = f"no model type of transformers is called {model_type!r}.{near} Usual are: {listing(USUAL)}"
        raise places.error("model.backbone", problem)
    with quiet():
        config_class = CONFIG_MAPPING[model_type]
        _refuse(options, places)
        part = Part(model_type, options)
        bound = bind_options(part, _signed(config_class), KEY, places).arguments
        _check_sizes(bound, places)
        config = _made(lambda: config_class(**_own_names(config_class, bound, places)), bound, places)
        _check_buildable(config, bound, places)
    return config


def new_parts(request: Request, *, kind: str = "bpe") -> tuple[Any, Any]:
    """The configuration that `model.config` describes, and the tokenizer that `model.tokenizer` has trained for it.

    Where the user sets no tokenizer, it is of `kind`.
    Raises `ConfigError` for what does not exist or does not go together, and `DataError` for texts that no tokenizer
    can be trained on.
    """
    model = request.model
    config = new_config(model.backbone, model.config or {}, request.places)
    wanted = model.tokenizer or Tokenizer(kind)
    options: dict[str, Any] = {"vocab_size": wanted.vocab_size, "lowercase": wanted.lowercase}
    chosen: Any = wanted.kind  # the schema has checked it
    try:
        tokenizer = train_tokenizer(chosen, request.texts(), model_type=model.backbone, **options)
    except ModelError as error:
        raise request.places.error("model.tokenizer", str(error)) from None
    fit_config(config, tokenizer)
    return config, tokenizer


def _refuse(options: Mapping[str, Any], places: Places) -> None:
    """Raise `ConfigError` for options that the program sets."""
    problems = dict.fromkeys(SET_HERE, "is set by the task, so leave it out")
    problems |= dict.fromkeys(DECIDED, "follows from the tokenizer, so leave it out")
    _report({name: problems[name] for name in options if name in problems}, places)


def _report(problems: Mapping[str, str], places: Places) -> None:
    """Raise `ConfigError` for all problems, by option, if there are any."""
    keys = {f"{KEY}.{name}": problem for name, problem in problems.items()}
    if keys:
        raise places.errors(keys)


def _signed(config_class: Any) -> Callable[..., dict[str, Any]]:
    """A function with the user's options as its parameters, for `bind_options`; also by their names in other models."""
    fields = {
        name: one
        for name, one in inspect.signature(config_class).parameters.items()
        if name not in SET_HERE and name not in DECIDED and one.kind is inspect.Parameter.KEYWORD_ONLY
    }
    for alias, name in config_class.attribute_map.items():
        if name in fields and alias not in fields:
            fields[alias] = fields[name].replace(name=alias)
    parameters = [one.replace(annotation=_hint(one.annotation)) for one in fields.values()]

    def take(**options: Any) -> dict[str, Any]:
        return options

    take.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return take


def _hint(annotation: Any) -> Any:
    """The annotation, or anything where no YAML value can be written for it: transformers then checks."""
    try:
        kind_of(annotation)
    except (TypeError, NameError):  # NameError: of a configuration inside this one
        return Any
    return annotation


def _own_names(config_class: Any, bound: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """The options by the names of this class. Raises `ConfigError` for one that is given by both names."""
    named: dict[str, Any] = {}
    for key, value in bound.items():
        name = config_class.attribute_map.get(key, key)
        if name != key and name in bound:
            raise places.error(f"{KEY}.{key}", f"is the same as {name!r}; keep one of them")
        named[name] = value
    return named


def _check_sizes(bound: Mapping[str, Any], places: Places) -> None:
    """Raise `ConfigError` for numbers of layers and heads, and sizes, that no network has; Python would take them."""
    numbers = {name: value for name, value in bound.items() if type(value) is int}
    least = {name: 1 if POSITIVE.search(name) else 0 for name in numbers}
    wrong = [name for name, value in numbers.items() if value < least[name]]
    _report({name: f"should be at least {least[name]}, not {numbers[name]}" for name in wrong}, places)


def _made(make: Callable[[], Any], bound: Mapping[str, Any], places: Places) -> Any:
    """What `make` makes. Raises `ConfigError` where transformers refuses the options."""
    try:
        return make()
    except CONTRADICTIONS as error:
        name = _unknown_activation(error, bound)
        if name is not None:
            problem = f"transformers has no {bound[name]!r}.{did_you_mean(bound[name], ACT2FN)}"
            raise places.error(f"{KEY}.{name}", problem) from error
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1].strip()
        reason = f"it knows no {reason}" if isinstance(error, KeyError) else reason
        reason = reason.removeprefix("ValueError: ").removeprefix("TypeError: ")[:300]
        raise places.error(KEY, f"no network can be made of these options: {reason}") from error


def _unknown_activation(error: Exception, bound: Mapping[str, Any]) -> str | None:
    if not isinstance(error, KeyError):
        return None
    return next(
        (name for name, value in bound.items() if value == error.args[0] and isinstance(value, str)), None
    )


def _check_buildable(config: Any, bound: Mapping[str, Any], places: Places) -> None:
    """Make the network without memory for its weights, and check what would fail only in its forward pass."""
    names = ("num_attention_heads", "hidden_size", "num_key_value_heads")
    heads, width, groups = (vars(config).get(config.attribute_map.get(name, name)) for name in names)
    if isinstance(heads, int) and isinstance(groups, int) and heads % groups:
        problem = f"should divide num_attention_heads ({heads}), and {groups} does not"
        raise places.error(f"{KEY}.num_key_value_heads", problem)
    listens = config.model_type in MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES
    if listens and isinstance(heads, int) and isinstance(width, int) and width % heads:
        problem = f"hidden_size ({width}) is not a multiple of the {heads} heads"
        raise places.error(KEY, f"no network can be made of these options: {problem}")
    if type(config) in AutoModel._model_mapping:
        with torch.device("meta"):
            _made(lambda: AutoModel.from_config(deepcopy(config), dtype=torch.float32), bound, places)
