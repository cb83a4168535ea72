"""What is published of candidates, and when that can be compared."""

from __future__ import annotations

from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.prior import prior, published
from tests.studies.recommend.made_up import facts

RESNETS = [Candidate("torchvision/resnet18"), Candidate("torchvision/resnet50", "IMAGENET1K_V1")]


def test_published_accuracies_of_one_measure_are_compared() -> None:
    found = prior(RESNETS, [facts(image_size=224), facts(image_size=224)])
    assert found.comparable
    assert found.words == "% ImageNet top-1"
    assert found.values == ((69.758, 224), (76.13, 224))


def test_weights_that_nobody_published_have_no_figure() -> None:
    assert published(Candidate("torchvision/resnet18", "mine.pth")) is None
    assert published(Candidate("torchvision/resnet18").random()) is None
    assert published(Candidate("some/folder")) is None


def test_of_one_source_sizes_are_compared_and_larger_images_are_better() -> None:
    candidates = [Candidate("a"), Candidate("b"), Candidate("b", image_size=160)]
    sizes = [facts(parameters=5), facts(parameters=9, image_size=224), facts(parameters=9, image_size=160)]
    found = prior(candidates, sizes)
    assert found.comparable
    assert found.values == ((5, 0), (9, 224), (9, 160))


def test_of_several_sources_nothing_is_compared() -> None:
    found = prior([Candidate("a"), Candidate("b")], [facts(source="bert"), facts(source="gpt2")])
    assert not found.comparable
