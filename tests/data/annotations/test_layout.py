"""Images with boxes, whatever their layout."""

from __future__ import annotations

from pathlib import Path

from ftcli.data.annotations.layout import BoxedImages, Made, family
from ftcli.data.sources.base import Single


def split(name: str) -> BoxedImages:
    return BoxedImages(name, "boxes", Path(name), lambda: Made(lambda: iter(())))


def test_one_split_alone_has_a_name_only_if_it_is_a_usual_one() -> None:
    openers = {name: split(name) for name in ("train2017", "val2017", "odd")}
    found = family(Path("x"), openers)
    assert (dict(found.usual), found.names()) == (
        {"train": "train2017", "val": "val2017"},
        ("train2017", "val2017", "odd"),
    )
    assert found.split("odd") is openers["odd"]
    assert family(Path("x"), {"odd": openers["odd"]}) == Single(openers["odd"])
    assert family(Path("x"), {"val2017": openers["val2017"]}).names() == ("val2017",)
