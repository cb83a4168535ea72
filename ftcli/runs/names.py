"""The tables that names in a configuration are looked up in. No torch here."""

from ftcli.losses import LOSSES
from ftcli.models import FREEZING
from ftcli.registry import Registry
from ftcli.tasks import TASKS
from ftcli.training import OPTIMIZERS, SCHEDULES

PARTS = {"freeze": FREEZING, "loss": LOSSES, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
NAMES: dict[str, Registry] = {"task": TASKS, **PARTS}
