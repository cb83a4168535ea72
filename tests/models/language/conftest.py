"""The tiny language models that the tests of this folder share, made once."""

from __future__ import annotations

import pytest
import torch

from tests.tiny.language_models import MODELS


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Hugging Face folders by model type."""
    root = tmp_path_factory.mktemp("language")
    torch.manual_seed(0)
    return {name: make(root / name) for name, (_, make) in MODELS.items()}
