"""What can be a candidate: what is named, what is here, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import constants

from ftcli.config.schema import Data, Experiment, Model
from ftcli.studies.recommend.ranking.candidates import (
    Candidate,
    Found,
    labels,
    named,
    on_this_machine,
    own_candidate,
)


@pytest.fixture(autouse=True)
def torch_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torch, and one of Hugging Face."""
    folder = tmp_path_factory.mktemp("caches")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(folder))
    (folder / "hub" / "checkpoints").mkdir(parents=True)
    return folder / "hub" / "checkpoints"


def images(*words: str) -> Found:
    return named(words, "image", "vector")


def names(found: Found) -> list[str]:
    return [one.name for one in found.candidates]


def network(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return folder


def test_what_is_in_the_cache_is_found(torch_cache: Path) -> None:
    (torch_cache / "resnet18-f37072fd.pth").touch()
    assert names(on_this_machine("image", "vector")) == ["torchvision/resnet18"]
    assert names(images("torchvision/resnet*")) == ["torchvision/resnet18"]
    assert names(images("torchvision/resnet18:160")) == ["torchvision/resnet18:160"]


def test_what_is_not_here_is_named_with_how_to_supply_it() -> None:
    found = images("torchvision/resnet50,microsoft/resnet-50")
    assert found.candidates == ()
    first, second = found.absent
    assert first.reason.startswith("not on this machine")
    assert first.reason.endswith("give its file as torchvision/resnet50@FILE")
    assert "hf download microsoft/resnet-50" in second.reason
    (glob,) = images("torchvision/resnet*").absent
    assert "5 networks of the list not on this machine" in glob.reason


def test_a_misspelt_name_is_answered() -> None:
    (absent,) = images("torchvision/resnet52").absent
    assert "Did you mean 'torchvision/resnet" in absent.reason
    assert "it is for text" in images("bert-base-uncased").absent[0].reason


def test_folders_of_networks_and_files_of_weights(workplace: Path) -> None:
    network(workplace / "zoo" / "one")
    network(workplace / "zoo" / "more" / "two")
    weights = workplace / "zoo" / "mobilenet_v2-mine.pth"
    weights.touch()
    (workplace / "zoo" / "notes.txt").touch()
    (workplace / "other.pth").touch()
    assert names(images("zoo")) == [
        "torchvision/mobilenet_v2@zoo/mobilenet_v2-mine.pth",
        "zoo/more/two",
        "zoo/one",
    ]
    assert names(images("zoo/*.pth")) == ["torchvision/mobilenet_v2@zoo/mobilenet_v2-mine.pth"]
    assert names(images("zoo/one", "zoo/one", str(workplace / "zoo/more/../one"))) == ["zoo/one"]
    assert "no network is there" in images("other.pth").absent[0].reason
    assert names(images("torchvision/resnet18@other.pth")) == ["torchvision/resnet18@other.pth"]
    assert images("torchvision/resnet18@none.pth").absent[0].reason == "none.pth: no such file"
    assert "neither a path" in images("nowhere/*").absent[0].reason


def test_the_users_own_network_is_the_first(torch_cache: Path) -> None:
    assert own_candidate(Model("torchvision/resnet18")).absent[0].name == "torchvision/resnet18"
    (torch_cache / "resnet18-f37072fd.pth").touch()
    (own,) = own_candidate(Model("torchvision/resnet18", pooling="cls")).candidates
    both = Found((own,)).joined(Found((Candidate("torchvision/resnet18"), Candidate("b"))))
    assert names(both) == ["torchvision/resnet18", "b"]
    assert own_candidate(Model("torchvision/resnet18", "none")).candidates[0].control


def test_an_experiment_has_the_candidates_network_and_what_the_user_says() -> None:
    base = Experiment("image-classification", Data("x", image_size=96), Model("a", pooling="cls"))
    (own,) = own_candidate(base.model).candidates
    assert own.experiment(base) == base
    changed = Candidate("b", "w.pth").resized(64).experiment(base)
    assert changed.model == Model("b", "w.pth")
    assert changed.data == Data("x", image_size=64)
    random = own.random()
    assert random.experiment(base).model == Model("a", "none", pooling="cls")
    assert random.control


def test_labels_are_short_and_differ() -> None:
    candidates = [
        Candidate("a/one/net"),
        Candidate("a/two/net"),
        Candidate("torchvision/resnet18"),
        Candidate("torchvision/resnet18", "x/one.pth"),
        Candidate("torchvision/resnet18").resized(96),
        Candidate("torchvision/resnet18").random(),
    ]
    found = labels(candidates)
    assert len({*found.values()}) == len(candidates)
    assert found["a/one/net"] == "one/net"
    assert found["torchvision/resnet18:96"] == "resnet18:96"
    assert found["torchvision/resnet18@none"] == "resnet18, random"
    assert found["torchvision/resnet18@x/one.pth"].endswith("one.pth")
