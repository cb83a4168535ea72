from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models

from ftcli.errors import WeightsError
from ftcli.models.pretrained.weights import REST, fit_weights, load_state, read_weights


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Identity()


def state(**extra: Tensor) -> dict[str, Tensor]:
    return {name: torch.rand_like(value.float()) for name, value in Net().state_dict().items()} | extra


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt", ".bin"])
def test_reads_what_was_written(tmp_path: Path, suffix: str) -> None:
    path, wanted = tmp_path / f"x{suffix}", state()
    save_file(wanted, path) if suffix == ".safetensors" else torch.save(wanted, path)
    read = read_weights(path)
    assert read.keys() == wanted.keys()
    assert all(torch.equal(read[name], wanted[name]) for name in wanted)


def test_a_file_may_say_where_its_rest_is(tmp_path: Path) -> None:
    parts, wanted = ("one.safetensors", "two.safetensors"), state()
    names = sorted(wanted)
    save_file({name: wanted[name] for name in names[:2]}, tmp_path / parts[0], metadata={REST: parts[1]})
    with pytest.raises(
        WeightsError, match=r"two.safetensors: no such file. .*one.safetensors holds only a part"
    ):
        read_weights(tmp_path / parts[0])
    save_file({name: wanted[name] for name in names[2:]}, tmp_path / parts[1])
    read = read_weights(tmp_path / parts[0])
    assert read.keys() == wanted.keys()
    assert all(torch.equal(read[name], wanted[name]) for name in wanted)
    (tmp_path / parts[1]).write_bytes(b"")
    with pytest.raises(WeightsError, match=r"two.safetensors: truncated"):
        read_weights(tmp_path / parts[0])


def test_the_rest_is_beside_its_file_whatever_the_header_says(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    save_file(state(), tmp_path / "secret.safetensors")
    save_file(state(), tmp_path / "inner/x.safetensors", metadata={REST: "../secret.safetensors"})
    with pytest.raises(WeightsError, match=r"inner/secret.safetensors: no such file"):
        read_weights(tmp_path / "inner/x.safetensors")


@pytest.mark.parametrize("wrapper", ["state_dict", "model", "model_state_dict"])
def test_unwraps_training_checkpoints(tmp_path: Path, wrapper: str) -> None:
    torch.save({wrapper: state(), "epoch": 3}, tmp_path / "x.pth")
    assert read_weights(tmp_path / "x.pth").keys() == state().keys()


@pytest.mark.parametrize("prefix", ["", "module.", "backbone.", "backbone.net."])
def test_strips_prefixes_and_leaves_the_head_out(prefix: str) -> None:
    wanted = state()
    given = {prefix + name: value for name, value in wanted.items()}
    given |= {"head.0.weight" if prefix.startswith("backbone") else f"{prefix}fc.weight": torch.ones(2, 4)}
    net = Net()
    fit_weights(net, given, "x", heads=["fc"])
    assert torch.equal(net.conv.weight, wanted["conv.weight"])
    assert torch.equal(net.norm.running_var, wanted["norm.running_var"])  # type: ignore[arg-type]


def test_lists_missing_unexpected_and_misshapen() -> None:
    given = state(**{"conv.weight": torch.ones(4, 3, 5, 5), "other.weight": torch.ones(1)})
    del given["norm.bias"]
    with pytest.raises(WeightsError) as error:
        fit_weights(Net(), given, "some.pth")
    words = str(error.value)
    assert words.startswith("some.pth: these are weights of another model")
    assert "1 missing: norm.bias" in words
    assert "1 unexpected: other.weight" in words
    assert "1 misshapen: conv.weight (4, 3, 5, 5) instead of (4, 3, 3, 3)" in words


def test_names_of_another_model_count_as_misfits_whole() -> None:
    with pytest.raises(WeightsError, match=r"6 missing.*and 2 more"):
        fit_weights(Net(), {"a.weight": torch.ones(1)}, "x")


def test_old_files_without_counters_fit() -> None:
    given = state()
    del given["norm.num_batches_tracked"]
    net = Net()
    fit_weights(net, given, "x")
    assert net.norm.num_batches_tracked == 0


def test_a_bare_mapping_loads_as_the_current_version() -> None:
    source, net = models.mnasnet0_5(weights=None), models.mnasnet0_5(weights=None)
    load_state(net, dict(source.state_dict()))
    assert all(
        torch.equal(a, b)
        for a, b in zip(net.state_dict().values(), source.state_dict().values(), strict=True)
    )


class Code:
    def __reduce__(self) -> Any:
        return print, ("code ran",)


def _content(kind: str) -> bytes:
    if kind == "code":
        return pickle.dumps(Code())
    return {"text": b"not weights at all", "empty": b"", "cut": b"PK\x03\x04" + b"\0" * 50}[kind]


@pytest.mark.parametrize("kind", ["code", "text", "empty", "cut"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_bad_files_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, suffix: str
) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(_content(kind))
    with pytest.raises(WeightsError, match=r"truncated|holds more than weights"):
        read_weights(path)
    assert "code ran" not in capsys.readouterr().out


@pytest.mark.parametrize("size", [0.5, 0.99])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_truncated_files_are_answered(tmp_path: Path, suffix: str, size: float) -> None:
    path = tmp_path / f"x{suffix}"
    save_file(state(), path) if suffix == ".safetensors" else torch.save(state(), path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * size)])
    with pytest.raises(WeightsError, match="truncated"):
        read_weights(path)


@pytest.mark.parametrize("content", [[1, 2], {}, {"epoch": 3}, torch.ones(2)])
def test_other_contents_are_answered(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(WeightsError, match=r"not a dictionary|are not tensors: epoch"):
        read_weights(tmp_path / "x.pth")


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    torch.save(state(), tmp_path / "resnet.pth")
    with pytest.raises(WeightsError, match=r"no such file. Did you mean 'resnet.pth'\?"):
        read_weights(tmp_path / "resnt.pth")
    with pytest.raises(WeightsError, match=r"end in .safetensors, .pth"):
        read_weights(tmp_path / "resnet.onnx")
