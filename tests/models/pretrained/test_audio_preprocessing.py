"""Sounds are encoded as the feature extractor of the weights has it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.errors import ModelError, WeightsError
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess, audio_preprocess, made_preprocess
from ftcli.models.pretrained.networks import read_config
from tests.models.backbones.test_audio import NAMES, sound
from tests.tiny import speech as tiny


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("extractors")
    return {name: make(root / name) for name, make in tiny.ENCODERS.items()}


def read(folder: str) -> AudioPreprocess:
    return audio_preprocess(Path(folder), read_config(Path(folder)), required=True)


def test_windows_are_those_of_the_network(folders: dict[str, str]) -> None:
    for name, longest in {"whisper": 0.5, "ast": 0.215, "wav2vec2": None}.items():
        own = read(folders[name])
        assert own.longest == longest
    encoded = read(folders["whisper"]).encode(sound(0.25))
    assert (encoded["values"].shape, int(encoded["length"])) == ((16, 50), 25)


def test_a_sound_is_encoded_the_same_every_time(folders: dict[str, str]) -> None:
    for name in NAMES:
        own = read(folders[name])
        assert torch.equal(own.encode(sound(0.3))["values"], own.encode(sound(0.3))["values"])


def test_a_missing_or_unfit_extractor_is_said(folders: dict[str, str], tmp_path: Path) -> None:
    tiny.whisper(tmp_path)
    settings = tmp_path / "preprocessor_config.json"
    settings.write_text(settings.read_text().replace('"feature_size": 16', '"feature_size": 80'))
    with pytest.raises(ModelError, match="gives 80 mel bins, and the network takes 16"):
        read(str(tmp_path))
    settings.unlink()
    with pytest.raises(WeightsError, match=r"no preprocessor_config.json"):
        read(str(tmp_path))


def test_short_sounds_are_padded_and_batches_to_the_longest(folders: dict[str, str]) -> None:
    own = read(folders["wav2vec2"])
    rows = [own.encode(sound(0.02)), own.encode(sound(0.2))]
    assert [int(row["length"]) for row in rows] == [1600, 3200]  # 0.1 s is the shortest
    batch = own.collate(rows)
    assert (batch["values"].shape, batch["lengths"].tolist()) == ((2, 3200), [1600, 3200])
    assert not batch["values"][0, 1600:].any()


@pytest.mark.parametrize("name", NAMES)
def test_a_network_without_files_gets_an_extractor_that_fits(folders: dict[str, str], name: str) -> None:
    made = made_preprocess(read_config(Path(folders[name])))
    assert torch.isfinite(made.encode(sound(0.2))["values"]).all()
    assert made.name == read(folders[name]).name
