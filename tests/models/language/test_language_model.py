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

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError, ModelError, WeightsError
from ftcli.models.language.language_codes import language_codes, set_languages
from ftcli.models.language.language_model import (
    LanguageForm,
    LanguageNetwork,
    is_tied,
    left_padded,
    untie,
)
from ftcli.models.language.language_model import (
    load_language_model as load_as_asked,
)
from ftcli.models.language.language_model import (
    new_language_model as new_as_asked,
)
from ftcli.models.load import rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_config
from ftcli.models.scratch.special_tokens import fit_config
from ftcli.models.scratch.tokenizers import train_tokenizer
from ftcli.runs.checkpoints import storage
from tests.models.conftest import load
from tests.tiny.language_models import MODELS
from tests.tiny.models import CORPUS, WIDTH

LONG, SHORT = "a good film and the food was great", "a bad room"
PLACES = Places({"model": "x.yaml:3"})
WRITERS = [name for name, (form, _) in MODELS.items() if form != "masked"]


def load_language_model(
    name: str, weights: str | None, form: LanguageForm, *, max_length: int | None, places: Places
) -> Backbone:
    """As a request asks for it."""
    model = Model(backbone=name, weights=weights)
    return load_as_asked(form, Request(model, "text", None, max_length, places))


def new_language_model(
    config: Any, tokenizer: Any, form: LanguageForm, *, max_length: int | None, places: Places
) -> Backbone:
    """As a request asks for it."""
    return new_as_asked(config, tokenizer, form, Request(Model(), "text", None, max_length, places))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("language")
    torch.manual_seed(0)
    return {name: make(root / name) for name, (_, make) in MODELS.items()}


def loaded(
    made: dict[str, str], name: str, weights: str | None = None, max_length: int | None = None
) -> Backbone:
    form: Any = MODELS[name][0]
    backbone = load_language_model(made[name], weights, form, max_length=max_length, places=PLACES)
    if name == "mbart":
        set_languages(backbone, "en_XX", "ro_RO", PLACES)
    return backbone


def tokens(backbone: Backbone, *texts: str) -> dict[str, Tensor]:
    tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
    return dict(tokenizer(list(texts), padding=True, return_tensors="pt"))


def logits(backbone: Backbone, *texts: str) -> Tensor:
    module: Any = backbone.module.eval()
    inputs = tokens(backbone, *texts)
    if module.form == "seq2seq":
        inputs["decoder_input_ids"] = module.decoder_inputs(inputs["input_ids"])
    with torch.no_grad():
        return torch.as_tensor(module(**inputs))


def state(backbone: Backbone) -> dict[str, Tensor]:
    return {f"backbone.{name}": value for name, value in backbone.module.state_dict().items()}


def saved_run(backbone: Backbone, path: Path) -> Path:
    """What a run leaves: the files of its model, and a checkpoint."""
    save_backbone_files(backbone, path / "model")
    weights = state(backbone)
    fit: dict[str, Any] = {"optimizer": {"state": {}, "param_groups": []}, "ema": {}}
    storage.save(path / "epoch-0001", weights, weights, fit, metrics_bytes=0, metrics_sha256="")
    return path / "epoch-0001" / storage.MODEL


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
def test_padding_does_not_matter(made: dict[str, str], name: str) -> None:
    backbone = loaded(made, name)
    mask = tokens(backbone, LONG, SHORT)["attention_mask"][1].bool()
    assert not mask.all()
    assert torch.allclose(logits(backbone, LONG, SHORT)[1][mask], logits(backbone, SHORT)[0], atol=1e-5)


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


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_does_not_depend_on_the_batch(made: dict[str, str], name: str) -> None:
    backbone = loaded(made, name)
    module: Any = backbone.module.eval()
    options = {"max_new_tokens": 6, "do_sample": False}
    together = module.generate(**tokens(backbone, LONG, SHORT), **options)
    alone = module.generate(**tokens(backbone, SHORT), **options)[0]
    assert together.shape[0] == 2
    assert together.shape[1] <= 6
    assert together[1][: len(alone)].tolist() == alone.tolist()


def test_a_continuation_is_the_likeliest_token_after_each(made: dict[str, str]) -> None:
    """Token by token through our own forward pass, which has no cache."""
    backbone = loaded(made, "gpt2")
    module: Any = backbone.module.eval()
    ids = tokens(backbone, SHORT)["input_ids"]
    written = module.generate(ids, torch.ones_like(ids), max_new_tokens=5, do_sample=False)
    for _ in range(5):
        with torch.no_grad():
            following = module(ids, torch.ones_like(ids))[:, -1:].argmax(-1)
        ids = torch.cat([ids, following], dim=1)
    assert ids[:, -5:].tolist() == written.tolist()


def test_padding_goes_to_the_left() -> None:
    ids, mask = torch.tensor([[5, 6, 0, 0], [0, 7, 8, 9]]), torch.tensor([[1, 1, 0, 0], [0, 1, 1, 1]])
    moved, where = left_padded(ids, mask)
    assert moved.tolist() == [[0, 0, 5, 6], [0, 7, 8, 9]]
    assert where.tolist() == [[0, 0, 1, 1], [0, 1, 1, 1]]


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
    backbone = load_language_model(str(folder), None, "seq2seq", max_length=None, places=PLACES)
    assert not is_tied(backbone.module.net)  # type: ignore[arg-type]
    assert backbone.blocks[-1].name == "lm_head"
    file = saved_run(backbone, tmp_path / "run")
    again = rebuild_backbone("x", tmp_path / "run" / "model")
    again.module.load_state_dict(
        {key.removeprefix("backbone."): value for key, value in load_file(file).items()}
    )
    assert torch.equal(logits(again, LONG), logits(backbone, LONG))
    of_run = load_language_model(str(folder), str(file), "seq2seq", max_length=None, places=PLACES)
    assert torch.equal(logits(of_run, LONG), logits(backbone, LONG))


def test_untying_leaves_the_weights_as_they_are(made: dict[str, str]) -> None:
    backbone = loaded(made, "gpt2")
    before = logits(backbone, LONG)
    untie(backbone.module.net)  # type: ignore[arg-type]
    assert torch.equal(logits(backbone, LONG), before)
    assert not is_tied(backbone.module.net)  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", [None, "none"])
def test_positions_that_are_sines_never_train(made: dict[str, str], weights: str | None) -> None:
    module = loaded(made, "marian", weights).module
    assert all(value.requires_grad for value in module.parameters())
    sines = dict(module.named_buffers())["net.model.encoder.embed_positions.weight"]
    assert torch.allclose(sines[1, 0], torch.tensor(1.0).sin())


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("bert", "causal", "takes a network that continues a text; .* is of type bert, which fills the gaps"),
        ("gpt2", "masked", "takes a network that fills the gaps of a text; .*gpt2, which continues a text"),
        ("mbart", "masked", "mbart, which writes one text from another"),
        ("gpt2", "seq2seq", "takes a network that writes one text from another"),
        ("xlnet", "causal", "is of type xlnet, which does neither"),
        ("vit", "masked", "is of type vit, which does neither"),
    ],
)
def test_a_model_of_another_form_is_an_error(
    made: dict[str, str], folders: dict[str, str], name: str, form: LanguageForm, words: str
) -> None:
    folder = made.get(name) or folders.get(f"text/{name}") or folders[f"image/{name}"]
    with pytest.raises(ConfigError, match=rf"x.yaml:3: model.backbone: this task .*{words}"):
        load_language_model(folder, None, form, max_length=None, places=PLACES)


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
        load_language_model(str(folder), None, "masked", max_length=None, places=PLACES)
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


# ----------------------------------------------------------------------------------------- pre-train, then fine-tune


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


# ------------------------------------------------------------------------------------------------------ from nothing

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
    config, form = new_config(name, SMALL[name], PLACES), MODELS[name][0]
    tokenizer = train_tokenizer("wordpiece", CORPUS, 90, name)
    fit_config(config, tokenizer)
    backbone = new_language_model(config, tokenizer, form, max_length=16, places=PLACES)  # type: ignore[arg-type]
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
    again = load_language_model(str(tmp_path / "model"), str(file), form, max_length=16, places=PLACES)  # type: ignore[arg-type]
    assert torch.equal(logits(again, LONG), logits(backbone, LONG))


def test_a_decoder_without_a_start_is_an_error(made: dict[str, str]) -> None:
    backbone = loaded(made, "t5")
    backbone.module.config.decoder_start_token_id = None  # type: ignore[union-attr]
    assert isinstance(backbone.module, LanguageNetwork)
    with pytest.raises(ModelError, match="does not say with which token its decoder starts"):
        backbone.module.decoder_inputs(torch.ones(1, 2, dtype=torch.long))


# ---------------------------------------------------------------------------------------------------------- languages


def test_languages_mark_the_texts_and_the_start_of_the_decoder(made: dict[str, str]) -> None:
    backbone = loaded(made, "mbart")
    tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
    codes = language_codes(tokenizer)
    assert tokenizer("a room")["input_ids"][-1] == codes["en_XX"]
    labels = tokenizer(text_target="a room", return_tensors="pt")["input_ids"]
    module: Any = backbone.module
    assert module.decoder_inputs(labels)[0, 0] == codes["ro_RO"]
    assert module.net.generation_config.decoder_start_token_id == codes["ro_RO"]


def test_a_code_in_front_of_the_text_is_forced(made: dict[str, str]) -> None:
    """As mBART-50, M2M100 and NLLB have it: the end, the language, the text."""
    backbone = loaded(made, "mbart")
    specials = [(token, -1.0) for token in ("<s>", "<pad>", "</s>", "<unk>", "▁a")]
    fifty = hf.MBart50Tokenizer(vocab=specials)
    object.__setattr__(backbone.preprocess, "tokenizer", fifty)
    set_languages(backbone, "en_XX", "de_DE", PLACES)
    settings: Any = backbone.module.net.generation_config  # type: ignore[union-attr]
    assert settings.forced_bos_token_id == language_codes(fifty)["de_DE"]


def test_languages_that_a_model_does_not_know_are_listed(made: dict[str, str]) -> None:
    backbone = loaded(made, "mbart")
    with pytest.raises(
        ConfigError, match=r"target_language: this model knows no 'ro'.* It knows: ar_AR, cs_CZ"
    ) as caught:
        set_languages(backbone, None, "ro", PLACES)
    assert "x.yaml:3: model.source_language: is required" in str(caught.value)
    with pytest.raises(
        ConfigError, match=r"source_language: this model knows no codes of languages, so leave it"
    ):
        set_languages(loaded(made, "t5"), "en", None, PLACES)
    set_languages(loaded(made, "t5"), None, None, PLACES)
