"""Language modelling: the next token of a text, or the masked ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from ftcli.config.generation import Generation
from ftcli.config.schema import Experiment, Head
from ftcli.contracts import (
    Batch,
    Encoded,
    Example,
    Outcomes,
    Packing,
    Prediction,
    Split,
    Target,
    TextPreprocess,
)
from ftcli.contracts.modalities import TEXT
from ftcli.errors import ConfigError, Mistake
from ftcli.models.language.generation import generation_options, seeded
from ftcli.models.language.language_model import LanguageNetwork
from ftcli.tasks.inputs.causal_texts import CausalTexts
from ftcli.tasks.inputs.chat_texts import ChatTexts
from ftcli.tasks.inputs.masked_texts import MaskedTexts, Masking, fixed_seed
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.supervised import LossFunction, SupervisedTask
from ftcli.tasks.targets.tokens import TokenCodec

PROBABILITY = 0.15
# The column whose texts are asked of a model that knows chats.
INSTRUCTION = "instruction"
SHOWN = "'### User:' above what is said, and '### Assistant:' above the answer and its end token"
Encoder = TypeVar("Encoder", bound=Texts)


class LanguageModelling(SupervisedTask[Encoder, TokenCodec]):
    """Tokens to predict, of texts that are joined where `packed`. The network gives logits where `counted` is true."""

    inputs = (TEXT,)
    wants = "tokens"
    sections: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, target: Target, inputs: Encoder, loss: LossFunction, packing: Packing | None) -> None:
        super().__init__(target, None, Head(), loss, inputs=inputs)
        self.packing = packing

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded inputs depend on besides the example."""
        return {**super().encoding, "form": self.form, "packed": self.packing is not None}

    def outcomes(self, predicted: Any, true: Any, shares: Sequence[int] | None = None) -> Outcomes | None:
        """Of each text what its tokens add to the figures; None where texts are joined and cut into blocks."""
        if self.packing is not None or shares is None:
            return None
        return self._targets.of_examples(self._targets.outcomes(predicted, true), shares)

    def _batch(self, encoded: Sequence[Encoded], rows: Sequence[Tensor], marks: Sequence[Tensor]) -> Batch:
        """Rows of ids as a batch, with the `marks` of the places whose logits are wanted; no targets yet."""
        made = [
            Encoded(one.id, {**one.inputs, "input_ids": row}) for one, row in zip(encoded, rows, strict=True)
        ]
        inputs = dict(self._inputs.collate(made, training=False))
        inputs["counted"] = self._inputs.pad(marks)
        return Batch(inputs, None, tuple(one.id for one in encoded))


class CausalLanguageModelling(LanguageModelling[CausalTexts]):
    """Each token from those before it (Radford et al. 2018): of whole texts, or of the answers to prompts alone."""

    form = "causal"
    sections: ClassVar[frozenset[str]] = frozenset({"generation"})

    def __init__(
        self, target: Target, preprocess: TextPreprocess, loss: LossFunction, *,
        packing: bool, prompted: bool, generation: Generation, seed: int = 0, chat: bool = False,
    ) -> None:  # fmt: skip
        """With `packing` texts are joined; with `prompted` the texts are prompts, with answers to be learned.

        With `chat` the template of the tokenizer writes texts and answers. Raises `ConfigError` for `packing` with one
        of these, and where the longest continuation leaves no room for a prompt.
        """
        if packing and (prompted or chat):
            what = "the turns of a chat" if chat else "a prompt and its answer"
            problem = f"{what} are not joined to others: leave it out" + ("" if chat else ", or data.target")
            raise ConfigError([Mistake("", "data.packing", problem)])
        room = generation.max_new_tokens or preprocess.max_length // 2
        if chat:
            inputs: CausalTexts = ChatTexts(preprocess, room=room)
        else:
            inputs = CausalTexts(preprocess, packed=packing, prompted=prompted, room=room)
        super().__init__(target, inputs, loss, inputs.packing if packing else None)
        self._generation, self._seed = generation, seed
        self._room = room

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """What the task takes of an experiment, beside its target, preprocessing and loss."""
        return {
            "packing": bool(experiment.data.packing),
            "prompted": experiment.data.target is not None,
            "generation": experiment.generation,
            "seed": experiment.training.seed,
            "chat": bool(experiment.data.chat),
        }

    @classmethod
    def choices(cls, experiment: Experiment, split: Split, preprocess: Any) -> dict[str, tuple[Any, str]]:
        """Whether the template of the tokenizer writes the texts: of chats, and of instructions if it has one."""
        data, own = experiment.data, preprocess.tokenizer.chat_template is not None
        if data.chat:
            how = (
                "the template of the tokenizer"
                if own
                else f"a plain template, as the tokenizer has none: {SHOWN}"
            )
            return {"data.chat": (True, f"turns are written by {how}; the assistant's are learned")}
        instructed = (data.text or "").strip().lower() == INSTRUCTION and data.target is not None
        if data.chat is None and instructed and own:
            return {"data.chat": (True, "instructions, and the tokenizer has a chat template")}
        return {}

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are the ids (N,) of the tokens to predict, each behind a place that is `counted`."""
        rows = [ids_of(one) for one in encoded]
        marks = [_before_learned(one.inputs, len(row)) for one, row in zip(encoded, rows, strict=True)]
        batch = self._batch(encoded, rows, marks)
        if encoded[0].target is None:
            return Batch(
                {name: batch.inputs[name] for name in ("input_ids", "attention_mask")}, None, batch.ids
            )
        truth = batch.inputs["input_ids"].roll(-1, dims=1)[batch.inputs["counted"]]
        return replace(batch, targets=truth, shares=[int(mark.sum()) for mark in marks])

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The continuation of each text, as `generation` says."""
        network = model.backbone
        assert isinstance(network, LanguageNetwork)
        ids = batch.inputs["input_ids"]
        options = generation_options(self._generation, max_length=self._room)
        if self._inputs.ends:
            options["eos_token_id"] = self._inputs.ends
        with seeded(self._seed, ids.device):
            written = network.generate(**batch.inputs, **options)
        texts = self._inputs.tokenizer.batch_decode(written, skip_special_tokens=True)
        return [Prediction(id_, text) for id_, text in zip(batch.ids, texts, strict=True)]

    def unanswered(self, example: Example) -> Example:
        """The prompt, without the answer; a whole text is to be continued."""
        inputs = {name: value for name, value in example.inputs.items() if name != "target"}
        return Example(example.id, inputs)


class MaskedLanguageModelling(LanguageModelling[MaskedTexts]):
    """Masked tokens from those on both sides (Devlin et al. 2019).

    In training they are drawn again in each epoch; in evaluation a text always has the same ones: figures compare.
    """

    form = "masked"
    sections: ClassVar[frozenset[str]] = frozenset({"data.mask_probability"})

    def __init__(
        self, target: Target, preprocess: TextPreprocess, loss: LossFunction, *,
        packing: bool, probability: float = PROBABILITY,
    ) -> None:  # fmt: skip
        """With `packing` texts are joined; `probability` is the share of the tokens to predict."""
        inputs = MaskedTexts(preprocess, packed=packing)
        super().__init__(target, inputs, loss, inputs.packing if packing else None)
        self._hide = Masking(inputs, probability)
        self._mask = inputs.mask

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """What the task takes of an experiment. Raises `ConfigError` for prompts with answers."""
        data = experiment.data
        if data.target is not None:
            problem = "answers are for causal language modelling, and this task fills gaps: leave it out"
            if "data.target" not in experiment.places:
                problem += f", and name the column with the texts, such as data.text: {data.target}"
            raise ConfigError([Mistake("", "data.target", problem)])
        if data.chat:
            problem = (
                "chats are for causal language modelling, and this task fills gaps: name a column with texts"
            )
            raise ConfigError([Mistake("", "data.text", problem)])
        return {"packing": bool(data.packing), "probability": data.mask_probability or PROBABILITY}

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are the ids (N,) of the masked tokens, whose places `counted` marks."""
        rows = [ids_of(one) for one in encoded]
        if encoded[0].target is None:
            return self._batch(encoded, rows, [row == self._mask for row in rows])
        seeds = [one.seed if training else fixed_seed(row) for one, row in zip(encoded, rows, strict=True)]
        drawn = [self._hide(row, seed) for row, seed in zip(rows, seeds, strict=True)]
        marks = [mask_of(len(row), places) for row, (_, places) in zip(rows, drawn, strict=True)]
        batch = self._batch(encoded, [hidden for hidden, _ in drawn], marks)
        truth = [row[places] for row, (_, places) in zip(rows, drawn, strict=True)]
        return replace(batch, targets=torch.cat(truth), shares=[len(one) for one in truth])

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """Each text with its gaps filled by the likeliest tokens, and the product of their probabilities."""
        logits: Tensor = self.outputs(model, batch) if outputs is None else outputs
        likeliest = logits.softmax(dim=1).max(dim=1)
        counted = batch.inputs["counted"]
        ids = batch.inputs["input_ids"].masked_scatter(counted, likeliest.indices)
        texts = self._inputs.tokenizer.batch_decode(ids, skip_special_tokens=True)
        sizes = counted.sum(dim=1).tolist()
        chances = [part.prod().item() for part in torch.split(likeliest.values, sizes)]
        return [Prediction(*row) for row in zip(batch.ids, texts, chances, strict=True)]

    def unanswered(self, example: Example) -> Example:
        """The text with a gap in place of its first word, which is read however long the text is."""
        words = str(example.inputs["text"]).split()
        gap = self._inputs.tokenizer.mask_token
        return Example(example.id, {"text": " ".join([gap, *words[1:]])})


def ids_of(one: Encoded) -> Tensor:
    """The token ids of an example, int64 (tokens,)."""
    ids: Tensor = one.inputs["input_ids"]
    return ids.long()


def _before_learned(inputs: Mapping[str, Tensor], size: int) -> Tensor:
    """bool (size,), true where the next token is learned: of a chat the answers, of a text all behind its prompt."""
    if "learned" in inputs:
        return torch.cat([inputs["learned"][1:].bool(), torch.zeros(1, dtype=torch.bool)])
    known = int(inputs["prompt"].item()) if "prompt" in inputs else 0
    return mask_of(size, range(max(0, known - 1), size - 1))


def mask_of(size: int, places: Sequence[int] | Tensor) -> Tensor:
    """bool (size,), true at `places`."""
    mask = torch.zeros(size, dtype=torch.bool)
    mask[torch.as_tensor(places, dtype=torch.int64)] = True
    return mask
