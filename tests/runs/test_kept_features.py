"""Features that a training has kept, and the labels that they contradict, from training to `ftcli check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ftcli.config.schema import Cache
from ftcli.data.sources.digits import load
from ftcli.findings.corpus import Corpus
from ftcli.loading.encoded import input_key
from ftcli.runs.kept_features import kept_features
from ftcli.store.store import Store
from tests.findings.corpora import rows, texts
from tests.running import Command

WRONG = {"three/0_7.png", "one/2_9.png"}
NAMES = ("zero", "one", "two", "three")
EXPERIMENT = """
task: image-classification
data: {train: digits, val: none, image_size: 64, augment: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: digits-0-4}
freeze: backbone
training: {epochs: 1}
"""


@pytest.fixture
def digits(workplace: Path) -> Path:
    """Thirty digits of each of four classes as files, two of which are in the folder of another class."""
    known = load("train")
    for digit, name in enumerate(NAMES):
        for number in range(30):
            index = [n for n, label in enumerate(known.numbers) if label == digit][number]
            wrong = next((one for one in WRONG if one.endswith(f"/{digit}_{number}.png")), None)
            path = workplace / "digits" / (wrong or f"{name}/{digit}_{number}.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(known.images[index]).save(path)
    (workplace / "x.yaml").write_text(EXPERIMENT)
    return workplace


def contradicted(shown: str) -> list[Any]:
    return [one for one in json.loads(shown)["findings"] if one["kind"] == "contradicted-label"]


def test_a_training_leaves_features_that_find_wrong_labels(ftcli: Command, digits: Path, cache: Path) -> None:
    assert contradicted(ftcli.ok("check", "x.yaml", "--json")) == []
    ftcli.ok("train", "x.yaml", "output=runs/x")
    for given in ("x.yaml", "runs/x"):
        (found,) = contradicted(ftcli.ok("check", given, "--json"))
        assert found["count"] == 2
        assert {place.partition(" ")[0].partition("digits/")[2] for place in found["places"]} == WRONG
    assert any(place.endswith("is labelled three, its 10 nearest are zero") for place in found["places"])
    assert contradicted(ftcli.ok("check", "x.yaml", "--json", "data.cache=none")) == []


def corpus(folder: Path) -> Corpus:
    return Corpus.of(texts(folder, rows(*"ab" * 5)))


def keep(folder: Path, corpus: Corpus, shape: tuple[int, ...], **facts: Any) -> None:
    """Features of all examples but the first."""
    bucket = Store(folder, 10**9).bucket("features", {"source": "net", "augment": "none", **facts})
    for where in corpus.all()[1:]:
        key = input_key(corpus.parts[where[0]][where[1]])
        bucket.put(key, {"features": torch.full(shape, where[1], dtype=torch.bfloat16)})
    bucket.close()


def test_features_are_read_as_they_were_kept(tmp_path: Path, cache: Path) -> None:
    given = corpus(tmp_path)
    keep(cache, given, (3,))
    before = {path: path.read_bytes() for path in cache.rglob("*") if path.is_file()}
    (found,) = kept_features(Cache(), given, given.all())
    assert (found.network, found.wheres) == ("net", given.all()[1:])
    assert found.rows.dtype == np.float32
    assert found.rows.tolist() == [[float(n)] * 3 for n in range(1, 10)]
    assert {path: path.read_bytes() for path in cache.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("shape", "facts"), [((3, 2), {}), ((3,), {"augment": "light"})])
def test_what_is_no_vector_or_changed_at_random_is_not_read(
    shape: tuple[int, ...], facts: dict[str, Any], tmp_path: Path, cache: Path
) -> None:
    given = corpus(tmp_path)
    keep(cache, given, shape, **facts)
    assert list(kept_features(Cache(), given, given.all())) == []


def test_what_is_not_finite_is_not_read(tmp_path: Path, cache: Path) -> None:
    given = corpus(tmp_path)
    first = given.parts["train"][0]
    bucket = Store(cache, 10**9).bucket("features", {"source": "net", "augment": "none"})
    bucket.put(input_key(first), {"features": torch.tensor([1.0, float("nan")])})
    bucket.close()
    assert list(kept_features(Cache(), given, given.all())) == []


def test_the_folder_of_the_experiment_is_the_one_that_is_read(tmp_path: Path) -> None:
    given = corpus(tmp_path)
    keep(tmp_path / "own", given, (3,))
    assert list(kept_features(Cache(), given, given.all())) == []
    assert list(kept_features(Cache(keep="none", folder=str(tmp_path / "own")), given, given.all())) == []
    assert len(list(kept_features(Cache(folder=str(tmp_path / "own")), given, given.all()))) == 1


def test_features_of_other_inputs_are_nobodys(tmp_path: Path, cache: Path) -> None:
    given = corpus(tmp_path)
    keep(cache, given, (3,))
    other = Corpus.of(texts(tmp_path, [{"text": f"other {n}", "label": "ab"[n % 2]} for n in range(8)]))
    assert list(kept_features(Cache(), other, other.all())) == []
