"""Pre-train on the digits 0-4 as configs/pretrain_digits.yaml says, and embed the backbone in the package."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from safetensors.torch import save_file

from ftcli.runs.checkpoints import retention, storage

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "ftcli" / "assets" / "digits-0-4.safetensors"


def main() -> None:
    """Train, take the weights of the backbone, write them."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        config = ROOT / "configs" / "pretrain_digits.yaml"
        subprocess.run([sys.executable, "-m", "ftcli", "train", config, f"output={run}"], check=True)
        weights = storage.load(retention.best(run / "checkpoints"), training=False).weights
    prefix = "backbone.net."
    backbone = {
        name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)
    }
    TARGET.parent.mkdir(exist_ok=True)
    save_file(backbone, TARGET, metadata={"made_by": "configs/pretrain_digits.yaml"})
    TARGET.chmod(0o644)
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
