"""Folders of models that name code, other files, or more memory than there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.hostile import payloads
from tests.hostile.case import Hostile, Make, each
from tests.hostile.payloads import OTHER_ROAD, PAYLOADS
from tests.hostile.room import Room

TEXTS, IMAGES = (
    ("train", "texts.yaml", "--dry-run"),
    ("train", "images.yaml", "--dry-run", "model.backbone=vit"),
)
SCRATCH = (*TEXTS, "model.weights=none")
CONFIG, TOKENIZER, PROCESSOR = "config.json", "tokenizer_config.json", "preprocessor_config.json"
CODE = "strangers.py"
KERNEL = "strangers/attention"
AUTO = ("AutoConfig", "AutoModel", "AutoTokenizer", "AutoModelForMaskedLM", "AutoImageProcessor")
MAP = dict.fromkeys(AUTO, "strangers.Anything")


def changed(file: str, *models: str, **fields: Any) -> Make:
    """Other fields in a file of settings, and beside it the code that they may name."""

    def make(folder: Path) -> None:
        for model in models or ("bert", "vit"):
            path = folder / model / file
            known = json.loads(path.read_text()) if path.exists() else {}
            path.write_text(json.dumps({**known, **fields}))
            (folder / model / CODE).write_text(OTHER_ROAD)

    return make


def written(path: str, content: str | bytes) -> Make:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / path).write_bytes(data)


def refused(name: str, make: Make, *said: str, command: tuple[str, ...] = TEXTS, **options: Any) -> Hostile:
    return Hostile(name, make, command, said, **options)


def harmless(name: str, make: Make, command: tuple[str, ...] = TEXTS) -> Hostile:
    return Hostile(name, make, command, harmless=True)


def pickled_weights(folder: Path) -> None:
    """No safetensors, but a pickle."""
    (folder / "bert/model.safetensors").unlink()
    payloads.archive(folder / "bert/pytorch_model.bin", PAYLOADS["exec"]())


def pickled_shard(folder: Path) -> None:
    """An index of safetensors that names a pickle."""
    pickled_weights(folder)
    index = {"metadata": {}, "weight_map": {"bert.embeddings.word_embeddings.weight": "pytorch_model.bin"}}
    (folder / "bert/model.safetensors.index.json").write_text(json.dumps(index))


def shards(folder: Path, second: bytes | None = None) -> None:
    """The weights in two PyTorch files, the second of which may be something else; no safetensors."""
    state = load_file(folder / "bert/model.safetensors")
    (folder / "bert/model.safetensors").unlink()
    names = sorted(state)
    parts = {"pytorch_model-00001-of-00002.bin": names[::2], "pytorch_model-00002-of-00002.bin": names[1::2]}
    for file, held in parts.items():
        torch.save({name: state[name] for name in held}, folder / "bert" / file)
    if second is not None:
        (folder / "bert" / list(parts)[1]).write_bytes(second)
    where = {name: file for file, held in parts.items() for name in held}
    index = folder / "bert/pytorch_model.bin.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))


def code_among_shards(folder: Path) -> None:
    payloads.archive(folder / "code.bin", PAYLOADS["exec"]())
    shards(folder, (folder / "code.bin").read_bytes())


def pickles_elsewhere(folder: Path) -> None:
    """An index of PyTorch files outside of its folder."""
    shards(folder)
    (folder / "bert/pytorch_model-00001-of-00002.bin").rename(folder / "private.bin")
    index = folder / "bert/pytorch_model.bin.index.json"
    index.write_text(index.read_text().replace("pytorch_model-00001-of-00002.bin", "../private.bin"))


def shard_elsewhere(folder: Path) -> None:
    """An index that names a file outside of its folder."""
    (folder / "bert/model.safetensors").rename(folder / "private.safetensors")
    names = load_file(folder / "private.safetensors")
    index = {"metadata": {}, "weight_map": dict.fromkeys(names, "../private.safetensors")}
    (folder / "bert/model.safetensors.index.json").write_text(json.dumps(index))


def other_shapes(folder: Path) -> None:
    path = folder / "bert/model.safetensors"
    save_file({name: torch.zeros(3) for name in load_file(path)}, path, metadata={"format": "pt"})


def template(folder: Path) -> None:
    """A chat template that looks for a way out."""
    way = "{{ ''.__class__.__mro__[1].__subclasses__() }}{% for x in range(10**12) %}{% endfor %}"
    changed(TOKENIZER, "bert", chat_template=way)(folder)
    (folder / "bert/chat_template.jinja").write_text(way)


def linked_configuration(folder: Path) -> None:
    """A file of settings that only transformers would look at, for its version."""
    other = json.loads((folder / "bert" / CONFIG).read_text()) | {
        "auto_map": MAP,
        "_attn_implementation": KERNEL,
    }
    (folder / "bert/config.5.0.0.json").write_text(json.dumps(other))
    changed(CONFIG, "bert", configuration_files=["config.5.0.0.json"])(folder)


def honest_configuration(folder: Path) -> None:
    """The same settings, for a version of transformers."""
    (folder / "bert/config.5.0.0.json").write_bytes((folder / "bert" / CONFIG).read_bytes())
    changed(CONFIG, "bert", configuration_files=["config.5.0.0.json"])(folder)


def unread(folder: Path) -> None:
    """Files that no loader reads, whatever they say: the training data of a sentence-transformers model, say."""
    (folder / "bert/data_config.json").write_text(json.dumps([{"name": "reddit", "weight": 1}]))
    (folder / "bert/other_config.json").write_text(
        json.dumps({"auto_map": MAP, "attn_implementation": KERNEL})
    )
    (folder / "bert/training_map.json").write_text("[" * 200_000)
    (folder / "bert/configurations.json").write_text("no JSON")


def pooling(folder: Path) -> None:
    (folder / "bert/1_Pooling").mkdir()
    (folder / "bert/1_Pooling/config.json").write_text("[]")


CLASSES = {"id2label": {"0": "layers", "1": "stages"}, "label2id": {"layers": 20_000, "stages": 30_000}}
DETECTOR = {"model_type": "detr", "backbone": "strangers", "backbone_kwargs": {"out_indices": [1]}}
TIMM = {"model_type": "timm_wrapper", "architecture": "resnet18", "pretrained_cfg": {}}

CODE_NAMED = [
    refused("auto-map", changed(CONFIG, "bert", auto_map=MAP, model_type="strange"), CONFIG, "auto_map"),
    harmless("auto-map-of-a-known-type", changed(CONFIG, "bert", auto_map=MAP)),
    harmless("auto-map-scratch", changed(CONFIG, "bert", auto_map=MAP), SCRATCH),
    harmless("auto-map-image", changed(CONFIG, "vit", auto_map=MAP), IMAGES),
    refused("auto-map-hub", changed(CONFIG, "bert", auto_map={"AutoConfig": "far/x--m.C"}, model_type="x"), CONFIG),
    refused("auto-map-odd", changed(CONFIG, "bert", auto_map=[1]), CONFIG, "auto_map"),
    harmless("trust", changed(CONFIG, "bert", trust_remote_code=True, auto_map=MAP)),
    refused("trust-nested", changed(CONFIG, "bert", text_config={"a": [{"trust_remote_code": True}]}), CONFIG),
    refused("trust-of-an-unknown-type",
            changed(CONFIG, "bert", trust_remote_code=True, auto_map=MAP, model_type="strange"), CONFIG, "auto_map"),
    refused("kernel", changed(CONFIG, "bert", attn_implementation=KERNEL), CONFIG, KERNEL),
    refused("kernel-inner", changed(CONFIG, "bert", _attn_implementation=KERNEL), CONFIG, KERNEL),
    refused("kernel-internal", changed(CONFIG, "bert", _attn_implementation_internal=KERNEL), CONFIG, KERNEL),
    refused("kernel-nested", changed(CONFIG, "bert", text_config={"_attn_implementation": {"": KERNEL}}), CONFIG),
    refused("kernel-experts", changed(CONFIG, "bert", experts_implementation=KERNEL), CONFIG, KERNEL),
    refused("kernel-scratch", changed(CONFIG, "bert", _attn_implementation_internal=KERNEL), KERNEL, command=SCRATCH),
    refused("kernel-image", changed(CONFIG, "vit", attn_implementation=KERNEL), KERNEL, command=IMAGES),
    harmless("kernel-flash", changed(CONFIG, "bert", attn_implementation="flash_attention_2")),
    harmless("kernel-flash-inner", changed(CONFIG, "bert", _attn_implementation="paged|flash_attention_3")),
    harmless("unread", unread),
    harmless("classes-with-such-names", changed(CONFIG, "bert", **CLASSES)),
    harmless("other-settings-honest", honest_configuration),
    refused("other-settings", linked_configuration, "config.5.0.0.json"),
    refused("other-settings-elsewhere", changed(CONFIG, "bert", configuration_files=["config./../../x.json"]), CONFIG),
    refused("other-backbone", changed(CONFIG, "bert", backbone="strangers/net", use_pretrained_backbone=True), CONFIG),
    refused("other-backbone-by-name",
            changed(CONFIG, "vit", **DETECTOR, use_timm_backbone=False), "strangers", command=IMAGES),
    refused("timm-hub", changed(CONFIG, "vit", **TIMM | {"architecture": "hf-hub:far/x"}), CONFIG, command=IMAGES),
    refused("timm-weights",
            changed(CONFIG, "vit", **TIMM, model_args={"checkpoint_path": "x.pth"}), "checkpoint_path", command=IMAGES),
    harmless("tokenizer-auto-map",
             changed(TOKENIZER, "bert", auto_map={"AutoTokenizer": ["strangers.T", None]}, tokenizer_class="Strange")),
    refused("tokenizer-auto-map-odd", changed(TOKENIZER, "bert", auto_map=3), TOKENIZER),
    harmless("tokenizer-class", changed(TOKENIZER, "bert", tokenizer_class="os.system")),
    harmless("tokenizer-trust", changed(TOKENIZER, "bert", trust_remote_code=True)),
    refused("tokenizer-files", changed(TOKENIZER, "bert", fast_tokenizer_files=["../tokenizer.5.0.0.json"]), TOKENIZER),
    harmless("tokenizer-vocabulary-elsewhere", changed(TOKENIZER, "bert", vocab_file="/etc/passwd")),
    harmless("template", template),
    harmless("processor-auto-map", changed(PROCESSOR, "vit", auto_map={"AutoImageProcessor": "strangers.P"}), IMAGES),
    harmless("processor-class", changed(PROCESSOR, "vit", image_processor_type="os.system"), IMAGES),
    refused("adapter", written("bert/adapter_config.json", '{"base_model_name_or_path": "far/x"}'), "adapter_config"),
    refused("pickled-weights", pickled_weights, "bert/pytorch_model.bin", "holds more than weights"),
    refused("pickled-shard", pickled_shard, "index.json"),
    harmless("pickled-tensors", shards),
    refused("pickled-code-among-shards", code_among_shards, "-00002-of-00002.bin", "holds more than weights"),
    refused("pickles-elsewhere", pickles_elsewhere, "pytorch_model.bin.index.json", "../private.bin"),
    refused("shard-elsewhere", shard_elsewhere, "index.json"),
    harmless("quantised", changed(CONFIG, "bert", quantization_config={"quant_method": "os:system"})),
]  # fmt: skip

SETTINGS_BROKEN = [
    refused("config-pickle", written(f"bert/{CONFIG}", b"\x80\x04cposix\nsystem\n."), CONFIG),
    refused("config-deep", written(f"bert/{CONFIG}", '{"a":' * 200_000), CONFIG),
    refused("config-list", written(f"bert/{CONFIG}", "[]"), CONFIG),
    refused("config-long", written(f"bert/{CONFIG}", b'{"a": "' + b"a" * 60_000_000 + b'"}'), CONFIG),
    refused("config-types", changed(CONFIG, "bert", hidden_size="large", num_attention_heads=None), "bert"),
    refused("config-model-type", changed(CONFIG, "bert", model_type=["bert"]), "bert"),
    refused("tokenizer-deep", written("bert/tokenizer.json", "[" * 200_000), "bert"),
    refused("tokenizer-null", written("bert/tokenizer.json", "null"), "bert"),
    refused("processor-deep", written(f"vit/{PROCESSOR}", "[" * 200_000), PROCESSOR, command=IMAGES),
    refused("processor-list", written(f"vit/{PROCESSOR}", "[]"), PROCESSOR, command=IMAGES),
    refused("processor-types", changed(PROCESSOR, "vit", image_mean="red", size=[]), "vit", command=IMAGES),
    refused(
        "processor-huge",
        changed(PROCESSOR, "vit", size={"height": 10**9, "width": 10**9}),
        "vit",
        command=IMAGES,
    ),
    refused("pooling-list", pooling, "1_Pooling/config.json"),
    refused("index-odd", written("bert/model.safetensors.index.json", '{"weight_map": 3}'), "index.json"),
    refused("layers", changed(CONFIG, "bert", num_hidden_layers=10**9), CONFIG, "num_hidden_layers"),
    refused("layers-scratch", changed(CONFIG, "bert", num_hidden_layers=10**9), CONFIG, command=SCRATCH),
    refused("labels", changed(CONFIG, "bert", num_labels=10**9), CONFIG, "num_labels"),
    refused("groups", changed(CONFIG, "bert", model_type="albert", num_hidden_groups=10**9), CONFIG),
    refused("vocabulary", changed(CONFIG, "bert", vocab_size=10**12), "bert", "memory"),
    refused(
        "vocabulary-scratch", changed(CONFIG, "bert", vocab_size=10**12), "bert", "memory", command=SCRATCH
    ),
    refused("width", changed(CONFIG, "bert", hidden_size=2 * 10**6), "bert"),
    refused(
        "positions-scratch", changed(CONFIG, "bert", max_position_embeddings=10**11), "bert", command=SCRATCH
    ),
    refused("other-shapes", other_shapes, "bert"),
]


@each(CODE_NAMED)
def test_no_code_is_loaded(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@each(SETTINGS_BROKEN)
def test_settings_that_are_no_settings(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@pytest.mark.parametrize(
    "change", [{"auto_map": MAP, "model_type": "strange"}, {"_attn_implementation": KERNEL}]
)
def test_a_run_of_ours_names_no_code_either(
    change: dict[str, Any], opened: Callable[[Hostile], object]
) -> None:
    """Its model folder is read again by eval and predict."""

    def make(folder: Path) -> None:
        path = folder / "runs/texts/model" / CONFIG
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        (path.parent / CODE).write_text(OTHER_ROAD)

    opened(Hostile("own", make, ("eval", "--checkpoint", "runs/texts"), (CONFIG,)))


def test_the_code_would_run(room: Room, honest: Path, tmp_path: Path) -> None:
    """Where it is trusted: so the tests above can fail."""
    (tmp_path / "bert").mkdir()
    for path in (honest / "bert").iterdir():
        (tmp_path / "bert" / path.name).write_bytes(path.read_bytes())
    changed(CONFIG, "bert", auto_map=MAP, model_type="strange")(tmp_path)
    code = (
        "import os, transformers, transformers.dynamic_module_utils as d; "
        "d.HF_MODULES_CACHE = os.environ['FTCLI_CACHE']; "
        "transformers.AutoConfig.from_pretrained('bert', trust_remote_code=True)"
    )
    ended = room.unsafe(tmp_path, code)
    assert "made the canary" in ended.deeds, ended
