"""Language models are what they were published as, and are saved, rebuilt and made new."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file, save_file
from torch import Tensor

from ftcli.config.schema import Model, Tokenizer
from ftcli.contracts import Form
from ftcli.errors import ConfigError, ModelError, WeightsError
from ftcli.models.language.tied_weights import is_tied
from ftcli.models.load import rebuild_backbone
from ftcli.models.request import Request
from tests.models.conftest import load
from tests.models.language.language import (
    LOADERS,
    LONG,
    PLACES,
    SHORT,
    WRITERS,
    load_language_model,
    loaded,
    logits,
    saved_run,
    state,
    tokens,
)
from tests.tiny.language_models import MODELS
from tests.tiny.models import CORPUS, WIDTH


@pytest.mark.parametrize("name", MODELS)
def test_logits_are_those_of_the_published_model(made: dict[str, str], name: str) -> None:
    backbone = loaded(made, name)
    auto = {
        "seq2seq": hf.AutoModelForSeq2SeqLM,
        "causal": hf.AutoModelForCausalLM,
        "masked": hf.AutoModelForMaskedLM,
    }
    whole = auto[MODELS[name][0]].from_pretrained(made[name]).eval()
    inputs = tokens(backbone, LONG)
    extra = {"labels": inputs["input_ids"]} if MODELS[name][0] == "seq2seq" else {}
    with torch.no_grad():
        theirs = whole(**inputs, **extra).logits
    assert torch.allclose(logits(backbone, LONG), theirs, atol=1e-5)
    assert (backbone.width, backbone.source) == (WIDTH, made[name])


@pytest.mark.parametrize("name", MODELS)
def test_blocks_cover_everything_once_in_the_order_of_the_forward_pass(
    made: dict[str, str], name: str
) -> None:
    backbone = loaded(made, name)
    held = [*backbone.module.named_parameters(), *backbone.module.named_buffers()]
    assert all(sum(block.holds(path) for block in backbone.blocks) == 1 for path, _ in held)
    parameters = [path for path, _ in backbone.module.named_parameters()]
    assert all(any(map(block.holds, parameters)) for block in backbone.blocks)
    layers = {
        "t5": ["encoder.block.0", "encoder.block.1", "decoder.block.0", "decoder.block.1"],
        "marian": ["encoder.layers.0", "encoder.layers.1", "decoder.layers.0", "decoder.layers.1"],
        "gpt2": ["h.0", "h.1"],
        "llama": ["layers.0", "layers.1", "lm_head"],
        "bert": ["layer.0", "layer.1", "lm_head"],
    }
    assert [block.name for block in backbone.blocks] == ["embeddings", *layers.get(name, layers["marian"])]


@pytest.mark.parametrize("name", MODELS)
def test_a_run_is_rebuilt_from_its_checkpoint(made: dict[str, str], name: str, tmp_path: Path) -> None:
    backbone = loaded(made, name)
    file = saved_run(backbone, tmp_path)
    again = rebuild_backbone(made[name], tmp_path / "model")
    weights = {key.removeprefix("backbone."): value for key, value in load_file(file).items()}
    again.module.load_state_dict(weights)
    assert torch.equal(logits(again, LONG), logits(backbone, LONG))
    assert (again.blocks, again.width, again.family) == (backbone.blocks, backbone.width, backbone.family)
    assert is_tied(again.module.net) == is_tied(backbone.module.net) == (name != "llama")  # type: ignore[arg-type]
    if name in WRITERS:
        ours, theirs = (one.module.net.generation_config.to_dict() for one in (again, backbone))  # type: ignore[union-attr, operator]
        assert ours == theirs
        assert ours["use_cache"]


@pytest.mark.parametrize("name", MODELS)
def test_weights_may_be_none_a_folder_a_file_or_a_run(
    made: dict[str, str], name: str, tmp_path: Path
) -> None:
    own = loaded(made, name)
    right = logits(own, LONG)
    assert not torch.equal(logits(loaded(made, name, "none"), LONG), right)
    sources = [made[name], f"{made[name]}/model.safetensors", str(saved_run(own, tmp_path))]
    for weights in sources:
        other = loaded(made, name, weights)
        assert torch.equal(logits(other, LONG), right)
        assert other.source == f"{made[name]}@{weights}"


@pytest.mark.parametrize("weights", [None, "none"])
def test_positions_that_are_sines_never_train(made: dict[str, str], weights: str | None) -> None:
    module = loaded(made, "marian", weights).module
    assert all(value.requires_grad for value in module.parameters())
    sines = dict(module.named_buffers())["net.model.encoder.embed_positions.weight"]
    assert torch.allclose(sines[1, 0], torch.tensor(1.0).sin())


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        (
            "bert",
            "causal",
            "takes a network that continues a text; .* is of type bert, which predicts masked tokens",
        ),
        ("gpt2", "masked", "takes a network that predicts masked tokens; .*gpt2, which continues a text"),
        ("mbart", "masked", "mbart, which writes one text from another"),
        ("gpt2", "seq2seq", "takes a network that writes one text from another"),
        ("xlnet", "causal", "is of type xlnet, which does neither"),
        ("vit", "masked", "is of type vit, which does neither"),
    ],
)
def test_a_model_of_another_form_is_an_error(
    made: dict[str, str], folders: dict[str, str], name: str, form: Form, words: str
) -> None:
    folder = made.get(name) or folders.get(f"text/{name}") or folders[f"image/{name}"]
    with pytest.raises(ConfigError, match=rf"x.yaml:3: model.backbone: this task .*{words}"):
        load_language_model(folder, None, form)


def test_weights_that_do_not_fit_are_listed(
    made: dict[str, str], folders: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=r"weights of another model\n.*missing"):
        loaded(made, "llama", made["gpt2"])
    folder = Path(shutil.copytree(made["bert"], tmp_path / "bert"))
    weights = load_file(folder / "model.safetensors")
    head = {
        name: value for name, value in weights.items() if not name.startswith("cls.predictions.transform")
    }
    save_file(head, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsError, match=r"4 missing: cls.predictions.transform"):
        load_language_model(str(folder), None, "masked")
    encoder = load(folders["text/bert"], "text")
    save_file(state(encoder), tmp_path / "classifier.safetensors")
    with pytest.raises(WeightsError, match=r"\d+ missing: "):
        loaded(made, "bert", str(tmp_path / "classifier.safetensors"))
    with pytest.raises(ConfigError, match="'imagenet' is for torchvision models"):
        loaded(made, "bert", "imagenet")


def test_length_is_what_positions_allow(made: dict[str, str]) -> None:
    lengths = {name: loaded(made, name).preprocess.max_length for name in MODELS}  # type: ignore[union-attr]
    assert lengths == {"t5": 512, "marian": 64, "mbart": 64, "gpt2": 64, "llama": 64, "bert": 64}
    with pytest.raises(ModelError, match=r"at most 64 tokens, not 65"):
        loaded(made, "gpt2", max_length=65)


@pytest.mark.parametrize("name", MODELS)
def test_the_encoder_of_a_language_model_run_is_a_backbone(
    made: dict[str, str], name: str, tmp_path: Path
) -> None:
    """Its folder is the architecture and the tokenizer; its checkpoint the weights, without the head."""
    pretrained = loaded(made, name)
    with torch.no_grad():
        for value in pretrained.module.parameters():
            value.add_(0.01)
    file = saved_run(pretrained, tmp_path)
    tuned = load(str(tmp_path / "model"), "text", weights=str(file))
    inputs = tokens(tuned, SHORT)
    hidden: dict[str, Tensor] = {}
    net: Any = pretrained.module.eval().net
    stack = net.get_encoder() if MODELS[name][0] == "seq2seq" else net.base_model
    with torch.no_grad():
        hidden["theirs"] = stack(**inputs).last_hidden_state
        hidden["ours"] = tuned.module.eval().net(**inputs).last_hidden_state  # type: ignore[operator]
    assert torch.allclose(hidden["ours"], hidden["theirs"], atol=1e-6)


def test_a_run_of_another_size_is_still_an_error(made: dict[str, str], tmp_path: Path) -> None:
    file = saved_run(loaded(made, "bert"), tmp_path)
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    (tmp_path / "model" / "config.json").write_text(json.dumps(config | {"intermediate_size": 50}))
    with pytest.raises(
        WeightsError, match=r"misshapen: encoder.layer.0.intermediate.dense.weight \(48, 32\)"
    ):
        load(str(tmp_path / "model"), "text", weights=str(file))


SMALL: dict[str, dict[str, Any]] = {
    "t5": {"d_model": 32, "d_kv": 16, "d_ff": 48, "num_layers": 2, "num_heads": 2},
    "marian": {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2}
    | {"decoder_attention_heads": 2, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2},
    "llama": {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    | {"num_key_value_heads": 2},
    "bert": {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48},
}
SMALL["mbart"] = SMALL["marian"]


@pytest.mark.parametrize("name", SMALL)
def test_a_new_model_and_tokenizer_learn_and_are_rebuilt(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    form: Any = MODELS[name][0]
    model = Model(backbone=name, config=SMALL[name], tokenizer=Tokenizer("wordpiece", 90))
    backbone = LOADERS[form].load(Request(model, "text", None, 16, PLACES, lambda: CORPUS))
    inputs = tokens(backbone, LONG)
    ids = inputs["input_ids"]
    module: Any = backbone.module.eval()
    extra = {"decoder_input_ids": module.decoder_inputs(ids)} if form == "seq2seq" else {}
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)

    def loss() -> Tensor:
        found = module(**inputs, **extra)
        said, right = (found[:, :-1], ids[:, 1:]) if form == "causal" else (found, ids)
        return torch.nn.functional.cross_entropy(said.flatten(0, 1), right.flatten())

    first = float(loss().detach())
    for _ in range(30):
        optimizer.zero_grad()
        loss().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert float(loss().detach()) < first / 4
    if form == "seq2seq":  # what it was taught to say is what it writes, from its start to its end
        written = module.generate(**inputs, max_new_tokens=ids.shape[1], do_sample=False)
        assert written.tolist() == ids.tolist()
    file = saved_run(backbone, tmp_path)
    again = load_language_model(str(tmp_path / "model"), str(file), form, max_length=16)
    assert torch.equal(logits(again, LONG), logits(backbone, LONG))
