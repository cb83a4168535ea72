"""Where examples come from and how they are read. No torch is imported here."""

from __future__ import annotations

from ftcli.registry import Registry

_TORCHVISION = "ftcli.data.sources.torchvision_datasets"

SOURCES = Registry(
    "data set",
    {
        "digits": "ftcli.data.sources.digits:digits",
        "cifar10": f"{_TORCHVISION}:cifar10",
        "cifar100": f"{_TORCHVISION}:cifar100",
        "dtd": f"{_TORCHVISION}:dtd",
        "eurosat": f"{_TORCHVISION}:eurosat",
        "fashion-mnist": f"{_TORCHVISION}:fashion_mnist",
        "fgvc-aircraft": f"{_TORCHVISION}:fgvc_aircraft",
        "flowers102": f"{_TORCHVISION}:flowers102",
        "food101": f"{_TORCHVISION}:food101",
        "gtsrb": f"{_TORCHVISION}:gtsrb",
        "kmnist": f"{_TORCHVISION}:kmnist",
        "mnist": f"{_TORCHVISION}:mnist",
        "oxford-pets": f"{_TORCHVISION}:oxford_pets",
        "stl10": f"{_TORCHVISION}:stl10",
        "svhn": f"{_TORCHVISION}:svhn",
    },
)
# Those that come with the program.
EMBEDDED = frozenset({"digits"})
