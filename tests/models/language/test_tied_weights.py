"""Output layers that are the embeddings, and those that are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from ftcli.models.language.tied_weights import is_tied, untie
from ftcli.models.load import rebuild_backbone
from tests.models.language.language import LONG, load_language_model, loaded, logits, saved_run


def test_tied_weights_are_one_parameter_and_train_together(made: dict[str, str]) -> None:
    names = [name for name, _ in loaded(made, "t5").module.named_parameters()]
    assert "net.shared.weight" in names
    assert not [name for name in names if "embed_tokens" in name or "lm_head" in name]


def test_an_output_layer_of_its_own_stays_one_whatever_the_configuration_says(
    made: dict[str, str], tmp_path: Path
) -> None:
    """As in Flan-T5, of which transformers' configuration says that its weights are tied."""
    folder = Path(shutil.copytree(made["t5"], tmp_path / "t5"))
    weights = load_file(folder / "model.safetensors")
    weights["lm_head.weight"] = weights["shared.weight"] + 1
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    backbone = load_language_model(str(folder), None, "seq2seq")
    assert not is_tied(backbone.module.net)  # type: ignore[arg-type]
    assert backbone.blocks[-1].name == "lm_head"
    file = saved_run(backbone, tmp_path / "run")
    again = rebuild_backbone("x", tmp_path / "run" / "model")
    again.module.load_state_dict(
        {key.removeprefix("backbone."): value for key, value in load_file(file).items()}
    )
    assert torch.equal(logits(again, LONG), logits(backbone, LONG))
    of_run = load_language_model(str(folder), str(file), "seq2seq")
    assert torch.equal(logits(of_run, LONG), logits(backbone, LONG))


def test_untying_leaves_the_weights_as_they_are(made: dict[str, str]) -> None:
    backbone = loaded(made, "gpt2")
    before = logits(backbone, LONG)
    untie(backbone.module.net)  # type: ignore[arg-type]
    assert torch.equal(logits(backbone, LONG), before)
    assert not is_tied(backbone.module.net)  # type: ignore[arg-type]
