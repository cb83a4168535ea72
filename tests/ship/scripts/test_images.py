"""predict.py prepares images as a run does: not one pixel differs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ftcli.contracts import Encoded, Example, ImagePreprocess
from ftcli.ship.assembling import assembled
from ftcli.ship.parity.runner import module_at
from ftcli.tasks.inputs.images import Images

RANDOM = np.random.default_rng(0)
PREPROCESSES = [
    ImagePreprocess(40, 32),
    ImagePreprocess(48, 48, interpolation="bicubic", squash=True),
    ImagePreprocess(32, 32, interpolation="nearest-exact"),
]


def pictures(folder: Path) -> list[Path]:
    """Turned, of 16 bits and floats, transparent, grey, a panorama, and a JPEG that is decoded at a fourth."""
    base = Image.fromarray(RANDOM.integers(0, 256, (90, 120, 3), dtype=np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6
    base.save(folder / "turned.jpg", exif=turned)
    base.resize((512, 480)).save(folder / "large.jpg")
    base.resize((400, 45)).save(folder / "panorama.png")
    base.convert("L").save(folder / "grey.png")
    base.convert("P").save(folder / "palette.png", transparency=3)
    Image.fromarray(RANDOM.integers(0, 65536, (50, 60), dtype=np.uint16)).save(folder / "levels.png")
    Image.fromarray(RANDOM.integers(0, 256, (50, 60, 4), dtype=np.uint8)).save(folder / "alpha.png")
    Image.fromarray(RANDOM.random((50, 60), dtype=np.float32)).save(folder / "floats.tiff")
    return sorted(folder.iterdir())


@pytest.mark.parametrize("preprocess", PREPROCESSES)
def test_not_one_pixel_differs(preprocess: ImagePreprocess, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    inputs = [{"image": str(path)} for path in pictures(tmp_path / "pictures")]
    (tmp_path / "preprocess.json").write_text(json.dumps({"image": asdict(preprocess)}))
    script = assembled("About.", ["onnx_runtime", "settings", "resampling", "images"])
    (tmp_path / "predict.py").write_text(script)
    found = module_at(tmp_path / "predict.py").batch(inputs)["pixels"]
    images = Images(preprocess)
    encoded = [images.encode_inputs([Example(str(n), one)])[0] for n, one in enumerate(inputs)]
    wanted = images.collate([Encoded("x", one) for one in encoded], training=False)["pixels"].numpy()
    assert np.array_equal(found, wanted)
