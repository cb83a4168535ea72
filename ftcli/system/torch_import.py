"""Import torch and torchvision in half of the usual time."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


def import_torch() -> None:
    """Import torch and torchvision. Raises what their import raises."""
    # torchvision 0.29 imports torch._dynamo, which takes as long as all of torch, for this function alone. It calls it
    # only on a GPU where operators have to be deterministic, or where it has none of its own.
    if "torch" in sys.modules:
        import torchvision
    else:
        with uncollected(), deferred("torch._dynamo.utils", "is_compile_supported"):
            import torch
            import torchvision
        del torch
    del torchvision


@contextmanager
def uncollected() -> Iterator[None]:
    """Within, no garbage collection. Later collections skip what was made, as modules are never garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
    gc.freeze()


@contextmanager
def deferred(module: str, function: str) -> Iterator[None]:
    """Within, `from module import function` gives a function that imports `module` when it is called.

    Any other name imports it at once. Afterwards `import module` imports it as usual.
    """
    stand_in = ModuleType(module)

    def real(name: str) -> Any:
        # Names that the import system itself looks up.
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(module) is stand_in:
            del sys.modules[module]
        return getattr(import_module(module), name)

    def called(*arguments: Any) -> Any:
        return real(function)(*arguments)

    vars(stand_in).update({"__getattr__": real, function: called})
    sys.modules[module] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(module) is stand_in:
            del sys.modules[module]
