"""Draw what README shows: the screen of a real training, and the top of the report that it leaves.

python scripts/draw_screen.py PHOTOS [--model MODEL] [key=value ...]

PHOTOS is a folder of photographs, in class folders. It is trained on as `photos` in an empty folder, and MODEL, where
it is a folder, under its name, so that the pictures show no path of this machine. Writes docs/pages/images/screen.svg;
and report.png, where a headless Chromium is installed: the top of the page, which has no photographs.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.live import Live
from rich.text import Text

IMAGES = Path(__file__).parents[1] / "docs" / "pages" / "images"
WIDTH = 100
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PAGE = (1100, 1345)
# What is shown in place of the cache's folder.
USUAL_CACHE = "~/.cache/ftcli"
# Epochs that are shown of a long training: the first and the last ones.
SHOWN = (3, 2)


def main() -> None:
    """Train, and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("--model")
    parser.add_argument("overrides", nargs="*")
    given = parser.parse_intermixed_args()
    photos = given.photos.resolve()
    model = given.model and (str(Path(given.model).resolve()) if Path(given.model).exists() else given.model)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, _working_in(Path(name)):
        # An empty cache, so that the times are those of a first run.
        os.environ["FTCLI_CACHE"] = str(Path("cache").absolute())
        # A copy: the run is called after the folder that a link leads to.
        shutil.copytree(photos, "photos")
        words = ["train", "photos"]
        if model is not None:
            words += ["--model", _local(model)]
        (IMAGES / "screen.svg").write_text(screen([*words, *given.overrides]), encoding="utf-8")
        picture(next(Path("runs").glob("*/report.html")), IMAGES / "report.png")


def _local(model: str) -> str:
    if not Path(model).exists():
        return model
    local = Path(Path(model).name)
    local.symlink_to(Path(model).resolve())
    return str(local)


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def screen(words: Sequence[str]) -> str:
    """The screen of `ftcli WORDS` as an SVG that asks no other host for a font. Raises `SystemExit` where it fails."""
    lines = _shortened(_recorded(words))
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text(f"$ ftcli {' '.join(words)}", style="bold"))
    for line in lines:
        console.print(line, soft_wrap=True)
    drawn = console.export_svg(title="ftcli")
    drawn = re.sub(r"@font-face\s*\{.*?\}", "", drawn, flags=re.DOTALL)
    return re.sub(r"font-family: ?[^;]*;", "font-family: ui-monospace, Menlo, Consolas, monospace;", drawn)


def _recorded(words: Sequence[str]) -> list[Text]:
    """What the command prints by rich, as on a terminal, without the bars that move."""
    from ftcli.cli import app

    output = io.StringIO()
    begin: Any = Console.__init__

    def recording(self: Console, *arguments: Any, **options: Any) -> None:
        wanted = {"file": output, "width": WIDTH, "force_terminal": True, "color_system": "truecolor"}
        begin(self, *arguments, **{**options, **wanted})

    patched: list[tuple[Any, str, Any]] = [(Console, "__init__", recording)]
    patched += [(Live, name, lambda *_, **__: None) for name in ("start", "stop", "refresh")]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in patched]
    given, sys.argv = sys.argv, ["ftcli", *words]
    try:
        for owner, name, value in patched:
            setattr(owner, name, value)
        app.main()
    except SystemExit as stop:
        if stop.code:
            raise
    finally:
        sys.argv = given
        for owner, name, value in before:
            setattr(owner, name, value)
    printed = output.getvalue().replace(os.environ.get("FTCLI_CACHE", USUAL_CACHE), USUAL_CACHE)
    return [Text.from_ansi(line) for line in printed.splitlines()]


def _shortened(lines: list[Text]) -> list[Text]:
    """Without the lines of epochs in the middle."""
    epochs = [index for index, line in enumerate(lines) if re.match(r"\s*(epoch\s+)?\d+/\d+\b", line.plain)]
    first, last = SHOWN
    left_out = epochs[first:-last]
    if len(left_out) < 2:
        return lines
    dots = Text(f"  ... {len(left_out)} more epochs", style="dim")
    return [
        dots if index == left_out[0] else line
        for index, line in enumerate(lines)
        if index not in left_out[1:]
    ]


def picture(page: Path, target: Path) -> None:
    """The top of a page, of 256 colours; a sentence where no browser is installed. No photograph is in it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"none of {', '.join(BROWSERS)} is installed: {target} is as it was")
        return
    with tempfile.TemporaryDirectory() as name:
        taken = Path(name) / "page.png"
        options = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        options += [f"--window-size={PAGE[0]},{PAGE[1]}", f"--screenshot={taken}"]
        subprocess.run([browser, *options, page.resolve().as_uri()], check=True, capture_output=True)
        with Image.open(taken, formats=["PNG"]) as image:
            image.convert("RGB").quantize(256).save(target, optimize=True)


if __name__ == "__main__":
    main()
