"""Feature pyramids: maps of one width at five strides, each twice the one before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn.functional import relu
from torchvision.ops import FeaturePyramidNetwork

LEVELS = 5


class Pyramid(nn.Module):
    """Maps by stride, finest first, to `levels` maps of `width` channels.

    Of several maps by the feature pyramid network (Lin et al. 2017). Of one alone, as a plain vision transformer has,
    by the simple feature pyramid (Li et al. 2022, "Exploring Plain Vision Transformer Backbones for Object
    Detection"): finer, as it is, and coarser. Further levels by convolutions with stride 2 (as in RetinaNet).
    """

    def __init__(self, channels: Mapping[str, int], width: int, levels: int = LEVELS) -> None:
        super().__init__()
        self.base: nn.Module
        if len(channels) > 1:
            self.base = FeaturePyramidNetwork([*channels.values()], width)
            have = len(channels)
        else:
            self.base = SimplePyramid(next(iter(channels.values())), width)
            have = 3
        self.coarser = nn.ModuleList(nn.Conv2d(width, width, 3, 2, 1) for _ in range(levels - have))
        for layer in self.coarser:
            nn.init.kaiming_uniform_(layer.weight, a=1)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, maps: Mapping[str, Tensor]) -> OrderedDict[str, Tensor]:
        levels = [*self.base(maps).values()]
        for layer in self.coarser:
            levels.append(layer(relu(levels[-1])))
        return OrderedDict((str(index), level) for index, level in enumerate(levels))


class SimplePyramid(nn.Module):
    """One map (B, C, H, W) to three of `width` channels: at twice its size, its size and half of it."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        finer = nn.ConvTranspose2d(channels, channels // 2, 2, 2)
        self.finer = nn.Sequential(finer, *_projection(channels // 2, width))
        self.same = nn.Sequential(*_projection(channels, width))
        self.coarse = nn.Sequential(nn.MaxPool2d(2), *_projection(channels, width))

    def forward(self, maps: Mapping[str, Tensor]) -> OrderedDict[str, Tensor]:
        (value,) = maps.values()
        return OrderedDict(finer=self.finer(value), same=self.same(value), coarse=self.coarse(value))


def _projection(channels: int, width: int) -> list[nn.Module]:
    """Li et al. normalise by layer norms over channels; one group is that over channels and places."""
    return [
        nn.Conv2d(channels, width, 1, bias=False),
        nn.GroupNorm(1, width),
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.GroupNorm(1, width),
    ]
