from __future__ import annotations

import pytest

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import ImagePreprocess
from ftcli.models.request import Request


@pytest.mark.parametrize(
    ("image_size", "expected"),
    [(None, ImagePreprocess(800, 800, longest=1333)), (320, ImagePreprocess(320, 320, longest=533))],
)
def test_images_have_the_size_of_the_user_and_the_longest_side_keeps_its_ratio(
    image_size: int | None, expected: ImagePreprocess
) -> None:
    request = Request(Model("x"), "image", image_size)
    assert request.sized(ImagePreprocess(800, 800, longest=1333)) == expected


def test_images_that_are_cropped_are_resized_to_their_crop() -> None:
    assert Request(Model("x"), "image", 96).sized(ImagePreprocess(256, 224)) == ImagePreprocess(96, 96)


def test_the_source_names_weights_that_the_user_chose() -> None:
    assert Request(Model("a/b"), "text").source == "a/b"
    assert Request(Model("a/b", weights="none"), "text").source == "a/b@none"


def test_a_name_of_torchvision_is_recognised_by_its_prefix() -> None:
    assert Request(Model("torchvision/resnet18"), "image").torchvision == "resnet18"
    assert Request(Model("resnet18"), "image").torchvision is None


def test_a_mistake_has_the_line_of_its_key() -> None:
    request = Request(Model("x"), "image", places=Places({"model": "x.yaml:3", "model.weights": "x.yaml:5"}))
    assert str(request.places.error("model.weights", "is wrong")) == "x.yaml:5: model.weights: is wrong"
    assert str(request.places.error("model.detector", "is wrong")) == "x.yaml:3: model.detector: is wrong"
