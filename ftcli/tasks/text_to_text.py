"""Text to text by a network with an encoder and a decoder: translation and summarization."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from torch import Tensor, nn

from ftcli.config.generation import Generation
from ftcli.config.schema import Experiment, Head
from ftcli.contracts import Backbone, Batch, Example, Loss, Prediction, Split, Target
from ftcli.contracts.modalities import TEXT
from ftcli.errors import ConfigError, Mistake
from ftcli.models.language.generation import generation_options, seeded
from ftcli.models.language.language_model import LanguageNetwork
from ftcli.models.network import Network
from ftcli.models.pretrained.preprocessing import positions
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.lengths import sampled
from ftcli.tasks.supervised import LossFunction, SupervisedTask, at_least_float32
from ftcli.tasks.targets.texts import IGNORED, TextCodec


class TextToText(SupervisedTask[Texts, TextCodec]):
    """A text for each text.

    It learns each token of the target from the source and the true tokens before (teacher forcing; Sutskever et al.,
    2014), and is scored by what it generates without them, as `generation` says. Sources have at most `data.max_length`
    tokens, targets `generation.max_new_tokens`, which follows from the training texts if it is left out.
    """

    inputs = (TEXT,)
    form = "seq2seq"
    wants = "text"
    encoder = "texts"
    sections = frozenset({"generation"})

    def __init__(
        self,
        target: Target,
        preprocess: Any,
        loss: LossFunction,
        *,
        generation: Generation | None = None,
        prefix: str = "",
        seed: int = 0,
    ) -> None:
        """`prefix` comes before every source; `seed` is of random choices. Raises `ConfigError` for a length."""
        settings = generation or Generation()
        self._options = generation_options(settings, max_length=preprocess.max_length)
        self.prefix, self._seed = prefix, seed
        texts = TextCodec(preprocess.tokenizer, self._options["max_new_tokens"])
        super().__init__(target, preprocess, Head(), loss, targets=texts)

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """The keys that only tasks like this read."""
        return {
            "generation": experiment.generation,
            "prefix": experiment.data.prefix or "",
            "seed": experiment.training.seed,
        }

    @classmethod
    def choices(cls, experiment: Experiment, split: Split, preprocess: Any) -> dict[str, tuple[Any, str]]:
        """Room for a fifth more than the longest target: a network that has not learned to end writes on and on."""
        generation = experiment.generation
        longest = max(TextCodec(preprocess.tokenizer, 0).lengths(sampled(split)))
        room = max(math.ceil(1.2 * longest), generation.min_new_tokens)
        if generation.max_new_tokens is not None or room >= preprocess.max_length:
            return {}
        return {"generation.max_new_tokens": (room, f"the longest training texts have {longest} tokens")}

    def attach(self, backbone: Backbone) -> Network:
        """The network as it is. Raises `ConfigError` for texts longer than it has positions for."""
        limit, wanted = positions(backbone.module.net), self._options["max_new_tokens"]  # type: ignore[arg-type]
        if wanted > limit:
            problem = f"{wanted} is more than the {limit} tokens that this network can write"
            raise ConfigError([Mistake("", "generation.max_new_tokens", problem)])
        return super().attach(backbone)

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded sources depend on besides the text."""
        language = getattr(self._inputs.tokenizer, "src_lang", None)
        return {**super().encoding, "prefix": self.prefix, "language": language}

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Any]]:
        """`input_ids` of each source. Raises `DataError` for one that is not a text."""
        return super().encode_inputs([self._prefixed(example) for example in examples])

    def _prefixed(self, example: Example) -> Example:
        text = example.inputs["text"]
        if not self.prefix or not isinstance(text, str):
            return example
        return replace(example, inputs={**example.inputs, "text": self.prefix + text})

    def notes(self, split: Split) -> list[str]:
        """How many texts are cut, of those to read and those to write."""
        examples = sampled(split)
        read = self._inputs.notes([self._prefixed(example) for example in examples])
        return [*read, *self._targets.notes(examples)]

    def outputs(self, model: nn.Module, batch: Batch) -> Tensor:
        """Logits (B, T, V) of the tokens of the targets, each predicted from the true ones before it.

        Without targets they are of the first token alone.
        """
        ids = batch.inputs["input_ids"]
        first = ids.new_full((len(ids), 1), IGNORED)
        labels = first if batch.targets is None else batch.targets["labels"]
        given = _network(model).decoder_inputs(labels)
        logits: Tensor = at_least_float32(model(**batch.inputs, decoder_input_ids=given))
        return logits

    def loss(self, outputs: Tensor, batch: Batch) -> Loss:
        """The loss over the tokens of the targets."""
        labels: Tensor = batch.targets["labels"]
        counted = (labels.flatten() >= 0).nonzero().squeeze(1)
        return self._loss(outputs.flatten(0, 1).index_select(0, counted), labels.flatten()[counted])

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterable[tuple[Any, Any]]:
        """The texts that the model generates, and the true ones."""
        return self.measured_texts(self._targets.texts(self._generated(model, batch)), batch)

    def measured_texts(self, texts: Sequence[str], batch: Batch) -> Iterable[tuple[Any, Any]]:
        """What the metrics compare where the texts are written already."""
        return ((list(texts), batch.targets["texts"]),)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The texts that the model generates."""
        return self._targets.predictions(self._generated(model, batch), batch.ids)

    def _generated(self, model: nn.Module, batch: Batch) -> Tensor:
        """Token ids (B, T). Random choices are those of the seed and of the examples that are in the batch."""
        digest = blake2b(
            "\n".join((str(self._seed), *batch.ids)).encode(errors="surrogateescape"), digest_size=8
        )
        ids, mask = (batch.inputs[name] for name in ("input_ids", "attention_mask"))
        with seeded(int.from_bytes(digest.digest(), "little", signed=True), ids.device):
            return _network(model).generate(ids, mask, **self._options)


class Translation(TextToText):
    """A translation of each text; watched by BLEU."""

    figure = "bleu"


class Summarization(TextToText):
    """A summary of each text, or any other answer to it; watched by ROUGE-L."""

    figure = "rougeL"


def _network(model: nn.Module) -> LanguageNetwork:
    network = model.backbone
    assert isinstance(network, LanguageNetwork)
    return network
