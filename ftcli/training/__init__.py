"""The training loop, optimizers and schedules. This room knows no task.

Table of contents; no torch here.
"""

from ftcli.registry import Registry

OPTIMIZERS = Registry(
    "optimizer",
    {
        "sgd": "ftcli.training.optimizers:SGD",
        "adam": "ftcli.training.optimizers:Adam",
        "adamw": "ftcli.training.optimizers:AdamW",
    },
)

SCHEDULES = Registry(
    "schedule",
    {
        "constant": "ftcli.training.schedules:Constant",
        "linear": "ftcli.training.schedules:Linear",
        "cosine": "ftcli.training.schedules:Cosine",
        "step": "ftcli.training.schedules:Step",
        "plateau": "ftcli.training.schedules:Plateau",
    },
)
