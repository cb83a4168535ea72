from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file, save_file

from ftcli.contracts import Backbone
from ftcli.errors import ConfigError, ModelError, WeightsError
from ftcli.models.backbones.huggingface import network_kind
from ftcli.models.pretrained.networks import architecture
from tests.models.conftest import load
from tests.tiny.models import IMAGES, TEXTS, WIDTH

LONG, SHORT = "a good film and the food was great", "a bad room"
FAMILIES = {
    "bert": "small-encoder",
    "distilbert": "small-encoder",
    "roberta": "small-encoder",
    "albert": "bert",
    "gpt2": "gpt",
    "xlnet": "xlnet",
    "t5": "t5",
    "vit": "vit",
    "resnet": "cnn",
    "convnext": "convnext",
    "swin": "vit",
    "mobilenet_v1": "mobile",
}
POOLINGS = {"gpt2": "last", "xlnet": "last"}


def features(backbone: Backbone, texts: list[str], side: str | None = None) -> torch.Tensor:
    tokenizer = backbone.preprocess.tokenizer  # type: ignore[union-attr]
    batch = tokenizer(texts, padding=True, return_tensors="pt", padding_side=side or tokenizer.padding_side)
    with torch.no_grad():
        return torch.as_tensor(backbone.module.eval()(**batch))


def copied(folder: str, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "copy"))


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("name", [f"text/{name}" for name in TEXTS] + [f"image/{name}" for name in IMAGES])
def test_blocks_cover_everything_once(folders: dict[str, str], name: str) -> None:
    kind, _, short = name.partition("/")
    backbone = load(folders[name], "text" if kind == "text" else "image")
    held = [*backbone.module.named_parameters(), *backbone.module.named_buffers()]
    assert all(sum(block.holds(path) for block in backbone.blocks) == 1 for path, _ in held)
    assert backbone.blocks[0].name == "embeddings"
    assert backbone.family == FAMILIES[short]
    assert backbone.source == folders[name]


@pytest.mark.parametrize(
    ("name", "side"),
    # BERT's positions count from the left, padding included, so it pads on the right only.
    [*((name, "right") for name in TEXTS), *((name, "left") for name in ("roberta", "gpt2", "xlnet", "t5"))],
)
def test_padding_does_not_matter(folders: dict[str, str], name: str, side: str) -> None:
    backbone = load(folders[f"text/{name}"], "text")
    assert backbone.width == WIDTH
    assert backbone.module.pooling == POOLINGS.get(name, "mean")
    together = features(backbone, [LONG, SHORT], side)
    assert together.shape == (2, WIDTH)
    assert torch.allclose(together[0], features(backbone, [LONG])[0], atol=1e-5)
    assert torch.allclose(together[1], features(backbone, [SHORT])[0], atol=1e-5)
    assert not torch.allclose(together[0], together[1], atol=1e-3)


@pytest.mark.parametrize("name", ["vit", "resnet", "convnext", "swin", "mobilenet_v1"])
def test_features_feed_the_published_classifier(folders: dict[str, str], name: str) -> None:
    """What the checkpoint's own classifier makes of our features is what the whole model says."""
    backbone = load(folders[f"image/{name}"], "image")
    whole = hf.AutoModelForImageClassification.from_pretrained(folders[f"image/{name}"]).eval()
    pixels = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        logits = whole.classifier(backbone.module.eval()(pixels))
        assert torch.allclose(logits, whole(pixel_values=pixels).logits, atol=1e-5)


def test_gpt2_takes_its_end_token_for_padding(folders: dict[str, str]) -> None:
    preprocess = load(folders["text/gpt2"], "text").preprocess
    assert preprocess.tokenizer.pad_token == "<|endoftext|>"  # type: ignore[union-attr]


def test_t5_leaves_its_decoder_out(folders: dict[str, str]) -> None:
    names = [name for name, _ in load(folders["text/t5"], "text").module.named_parameters()]
    assert names
    assert not [name for name in names if "decoder" in name or "shared" in name]


@pytest.mark.parametrize(
    ("name", "segments"), [("bert", True), ("xlnet", True), ("roberta", False), ("gpt2", False)]
)
def test_segment_ids_are_made_for_those_that_take_them(
    folders: dict[str, str], name: str, segments: bool
) -> None:
    tokenizer = load(folders[f"text/{name}"], "text").preprocess.tokenizer  # type: ignore[union-attr]
    assert ("token_type_ids" in tokenizer(SHORT, LONG)) == segments


@pytest.mark.parametrize(
    ("name", "length"),
    [("bert", 64), ("distilbert", 48), ("roberta", 62), ("gpt2", 64), ("xlnet", 512), ("t5", 512)],
)
def test_length_is_what_tokenizer_and_positions_allow(
    folders: dict[str, str], name: str, length: int
) -> None:
    backbone = load(folders[f"text/{name}"], "text")
    assert backbone.preprocess.max_length == length  # type: ignore[union-attr]
    ids = torch.ones(1, length, dtype=torch.long) * 7
    assert backbone.module.eval()(input_ids=ids, attention_mask=torch.ones_like(ids)).shape == (1, WIDTH)


def test_a_longer_text_than_positions_is_an_error(folders: dict[str, str]) -> None:
    with pytest.raises(ModelError, match=r"at most 62 tokens, not 63: set data.max_length to 62"):
        load(folders["text/roberta"], "text", max_length=63)
    assert load(folders["text/t5"], "text", max_length=700).preprocess.max_length == 700  # type: ignore[union-attr]


def test_pooling_is_the_users_or_the_folders(folders: dict[str, str], tmp_path: Path) -> None:
    assert load(folders["text/bert"], "text", pooling="last").module.pooling == "last"
    folder = copied(folders["text/bert"], tmp_path)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    backbone = load(str(folder), "text")
    assert backbone.module.pooling == "cls"
    batch = backbone.preprocess.tokenizer([SHORT], return_tensors="pt")  # type: ignore[union-attr]
    with torch.no_grad():
        hidden = backbone.module.eval().net(**batch).last_hidden_state  # type: ignore[operator]
    assert torch.allclose(features(backbone, [SHORT]), hidden[:, 0], atol=1e-6)


def test_images_of_another_size(folders: dict[str, str]) -> None:
    backbone = load(folders["image/vit"], "image", image_size=48)
    assert backbone.module(torch.rand(1, 3, 48, 48)).shape == (1, WIDTH)
    with pytest.raises(ModelError, match="does not take images of 4 x 4 pixels"):
        load(folders["image/vit"], "image", image_size=4)


def test_weights_may_be_none_a_folder_or_a_file(folders: dict[str, str], tmp_path: Path) -> None:
    own = load(folders["text/bert"], "text")
    name = next(iter(own.module.state_dict()))
    original = own.module.state_dict()[name]
    assert not torch.equal(
        load(folders["text/bert"], "text", weights="none").module.state_dict()[name], original
    )
    folder = load(folders["text/bert"], "text", weights=folders["text/bert"])
    assert torch.equal(folder.module.state_dict()[name], original)
    published = load(
        folders["text/bert"], "text", weights=str(Path(folders["text/bert"]) / "model.safetensors")
    )
    assert torch.equal(published.module.state_dict()[name], original)
    ours = {f"backbone.{key}": value.contiguous() for key, value in own.module.state_dict().items()}
    save_file(ours | {"head.0.weight": torch.ones(2, WIDTH)}, tmp_path / "model.safetensors")
    run = load(folders["text/bert"], "text", weights=str(tmp_path / "model.safetensors"))
    assert all(
        torch.equal(value, run.module.state_dict()[key]) for key, value in own.module.state_dict().items()
    )


def test_weights_of_another_model_are_listed(folders: dict[str, str]) -> None:
    with pytest.raises(WeightsError, match=r"weights of another model\n.*missing.*\n.*unexpected"):
        load(folders["text/bert"], "text", weights=folders["text/gpt2"])
    with pytest.raises(ConfigError, match="'imagenet' is for torchvision models"):
        load(folders["text/bert"], "text", weights="imagenet")


def test_misshapen_weights_are_listed(folders: dict[str, str], tmp_path: Path) -> None:
    folder = copied(folders["text/bert"], tmp_path)
    state = load_file(folder / "model.safetensors")
    key = next(key for key in state if key.endswith("word_embeddings.weight"))
    state[key] = torch.ones(5, WIDTH)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsError, match=r"1 misshapen: .*word_embeddings.weight \(5, 32\) instead of"):
        load(str(folder), "text")


def test_missing_weights_are_listed(folders: dict[str, str], tmp_path: Path) -> None:
    folder = copied(folders["image/resnet"], tmp_path)
    state = load_file(folder / "model.safetensors")
    gone = next(key for key in state if "embedder" in key and key.endswith("weight"))
    save_file(
        {k: v for k, v in state.items() if k != gone}, folder / "model.safetensors", metadata={"format": "pt"}
    )
    with pytest.raises(WeightsError, match="1 missing: embedder"):
        load(str(folder), "image")


@pytest.mark.parametrize(
    ("name", "file", "words"),
    [
        ("text/bert", "config.json", "no config.json. The folder holds: model.safetensors"),
        ("text/bert", "model.safetensors", "no model.safetensors or model.safetensors.index.json"),
        ("text/bert", "tokenizer.json", "no tokenizer.json or vocab.txt"),
        ("image/vit", "preprocessor_config.json", "no preprocessor_config.json or processor_config.json"),
    ],
)
def test_a_missing_file_is_named(
    folders: dict[str, str], tmp_path: Path, name: str, file: str, words: str
) -> None:
    folder = copied(folders[name], tmp_path)
    (folder / file).unlink()
    with pytest.raises(WeightsError, match=words):
        load(str(folder), "text" if name.startswith("text") else "image")


def test_damaged_files_are_answered(folders: dict[str, str], tmp_path: Path) -> None:
    folder = copied(folders["text/bert"], tmp_path)
    weights, config = folder / "model.safetensors", folder / "config.json"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="its weights cannot be read"):
        load(str(folder), "text")
    weights.write_bytes(whole)
    edit(folder / "tokenizer.json", model={"type": "nonsense"})
    with pytest.raises(WeightsError, match="its tokenizer cannot be read"):
        load(str(folder), "text")
    edit(config, model_type="no-such-type")
    with pytest.raises(ModelError, match=r"cannot read its config.json"):
        load(str(folder), "text")
    config.write_text("{")
    with pytest.raises(WeightsError, match=r"config.json: cannot be read as JSON"):
        load(str(folder), "text")


def test_a_tokenizer_of_another_model_is_an_error(folders: dict[str, str], tmp_path: Path) -> None:
    folder = copied(folders["text/bert"], tmp_path)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(folders["text/gpt2"]) / file, folder / file)
    with pytest.raises(ModelError, match=r"its tokenizer gives ids up to \d+, its network knows \d+"):
        load(str(folder), "text")


def test_transformers_stays_silent(folders: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    load(folders["text/bert"], "text")
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


WITHOUT_SDPA = {
    "text/xlnet",
    "image/resnet",
    "image/convnext",
    "image/mobilenet_v1",
}  # all but the first have none


@pytest.mark.parametrize("name", [*(f"text/{name}" for name in TEXTS), *(f"image/{name}" for name in IMAGES)])
def test_attention_is_in_one_kernel_where_transformers_has_it(folders: dict[str, str], name: str) -> None:
    net = load(folders[name], "text" if name.startswith("text") else "image").module.get_submodule("net")
    rebuilt = architecture(
        net.config, network_kind(net.config, "text" if name.startswith("text") else "image")
    )
    for one in (net, rebuilt):
        assert one.config._attn_implementation == ("eager" if name in WITHOUT_SDPA else "sdpa")  # type: ignore[union-attr]
