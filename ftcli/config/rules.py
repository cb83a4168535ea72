"""What the keys must be together: names that exist, keys that are required, values that fit each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from ftcli.config import measured
from ftcli.config.defaults.recipes import CHOSEN
from ftcli.config.generation import Generation
from ftcli.config.places import Places, join
from ftcli.config.quantities import seconds_of
from ftcli.config.schema import Data, Experiment
from ftcli.config.shorthands import PARTS
from ftcli.config.tree import Node, places_of
from ftcli.errors import Mistake, did_you_mean, listing
from ftcli.registry import Registry

_NUMBER = re.compile(r"[1-9][0-9]*")
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:[0-9]{1,3})?")


def broken_rules(experiment: Experiment, tree: Node, names: Mapping[str, Registry]) -> list[Mistake]:
    """The mistakes of an experiment, some of whose keys may have failed to bind; `tree` is what it was bound from."""
    places = Places(dict(places_of(tree)))
    wrong = [*_required(tree, names), *_names(experiment, names), *_values(experiment)]
    return [Mistake(places.of(key) or tree.place, key, problem) for key, problem in wrong]


def _required(tree: Node, names: Mapping[str, Registry]) -> Iterator[tuple[str, str]]:
    tasks = f": one of {listing(sorted(names['task']), limit=40)}" if "task" in names else ""
    if _absent(tree, "task"):
        yield "task", f"is required{tasks}"
    if _absent(tree, "data"):
        yield "data", "is required: a source, such as a folder, or a mapping with source or train"
    elif (data := tree.value.get("data")) and _absent(data, "source") and _absent(data, "train"):
        yield "data", "needs source or train: where the examples are"
    if _absent(tree, "model"):
        yield "model", "is required: a backbone, or a mapping with backbone"
    elif (model := tree.value.get("model")) and _absent(model, "backbone"):
        yield "model.backbone", "is required: torchvision/NAME, or a Hugging Face id or folder"


def _absent(node: Node, name: str) -> bool:
    """Whether `name` is missing in a mapping that has no other mistake which explains that, such as a misspelling."""
    if not isinstance(node.value, dict):
        return False
    if name in node.value:  # a null is a mistake already, except where the key may be left out
        return node.value[name].value is None and name in ("source", "train")
    return not did_you_mean(name, set(node.value) - {"source", "train"})


def _names(experiment: Experiment, names: Mapping[str, Registry]) -> Iterator[tuple[str, str]]:
    if experiment.task and "task" in names and experiment.task not in names["task"]:
        yield "task", names["task"].unknown(experiment.task)
    for key in PARTS:
        part = getattr(experiment, key)
        if part is None or not part.name:
            continue
        if part.name == "auto":
            if key not in CHOSEN:
                yield key, f"auto takes no options; give a name beside {listing(part.options)}"
        elif key in names and part.name not in names[key]:
            yield key, names[key].unknown(part.name)


def _values(experiment: Experiment) -> Iterator[tuple[str, str]]:
    yield from _fractions(experiment.data)
    yield from _columns(experiment.data)
    yield from _scratch(experiment)
    yield from _generation(experiment.generation)
    yield from _time(experiment.training.time)
    yield from measured.mistakes(experiment)
    device = experiment.training.device
    if not _DEVICE.fullmatch(device):
        yield "training.device", f"should be auto, cpu, cuda, cuda:N (such as cuda:1) or mps, not {device!r}"


def _time(text: str | None) -> Iterator[tuple[str, str]]:
    if text is None or seconds_of(text) is not None:
        return
    unit = (
        f": {text} has no unit. {text}s or {text}m would be right"
        if _NUMBER.fullmatch(text)
        else f", not {text!r}"
    )
    yield "training.time", f"should be a length of time, such as 90s, 20m or 1h30m{unit}"


def _scratch(experiment: Experiment) -> Iterator[tuple[str, str]]:
    model = experiment.model
    if model.config is None and model.tokenizer is not None:
        yield (
            "model.tokenizer",
            "is for a network from nothing, which model.config describes; a pre-trained one has its own",
        )
    if model.config is not None and model.weights not in (None, "none"):
        yield "model.weights", f"{model.weights!r} and model.config, a network from nothing: give one of them"


def _generation(settings: Generation) -> Iterator[tuple[str, str]]:
    """Settings that would be ignored: of sampling without a temperature, of beam search without beams."""
    usual = Generation()
    for name in ("top_k", "top_p") if settings.temperature == 0 else ():
        if getattr(settings, name) != getattr(usual, name):
            yield (
                join("generation", name),
                "is for random choices: it needs a temperature above 0, such as 1.0",
            )
    if settings.beams == 1 and settings.length_penalty != usual.length_penalty:
        yield "generation.length_penalty", "is for a search with beams: it needs beams above 1, such as 4"
    if settings.max_new_tokens is not None and settings.min_new_tokens > settings.max_new_tokens:
        problem = f"{settings.min_new_tokens} is more than max_new_tokens ({settings.max_new_tokens})"
        yield "generation.min_new_tokens", problem


def _fractions(data: Data) -> Iterator[tuple[str, str]]:
    fractions = {name: value for name in ("val", "test") if isinstance(value := getattr(data, name), float)}
    for name, value in fractions.items():
        if not 0 <= value < 1:
            problem = f"a fraction is between 0 and 1, not {value:g}; none or 0 means no such split"
            yield join("data", name), problem
    both = len(fractions) == 2 and all(0 < value < 1 for value in fractions.values())
    if both and sum(fractions.values()) >= 1:
        yield "data.test", f"val ({data.val:g}) and test ({data.test:g}) together leave nothing to train on"


def _columns(data: Data) -> Iterator[tuple[str, str]]:
    for name in ("columns", "classes", "class_names"):
        values = getattr(data, name)
        if values == ():
            yield join("data", name), "is an empty list; leave the key out, or fill it"
        if isinstance(values, tuple) and (
            twice := sorted(one for one, count in Counter(values).items() if count > 1)
        ):
            yield join("data", name), f"names {listing(map(repr, twice))} more than once"
