"""What is left for later when torch is imported is there when it is wanted, and is the same then."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ftcli.system.torch_import import deferred

MODULE = "package_of_this_test.wanted"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module in a package, not imported yet."""
    folder = tmp_path / MODULE.partition(".")[0]
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "wanted.py").write_text("OTHER = [3]\ndef double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield MODULE
    for name in (MODULE, folder.name):
        sys.modules.pop(name, None)


def imported_from(name: str) -> Any:
    """`from MODULE import name`, as another package says it."""
    namespace: dict[str, Any] = {}
    exec(f"from {MODULE} import {name} as found", namespace)
    return namespace["found"]


def test_a_deferred_module_is_imported_with_the_first_call(module: str) -> None:
    with deferred(module, "double"):
        double: Callable[[int], int] = imported_from("double")
        assert module.partition(".")[0] not in sys.modules
    assert module not in sys.modules
    assert double(4) == 8
    assert double(5) == importlib.import_module(module).double(5)


def test_a_call_in_the_meantime_imports_it(module: str) -> None:
    with deferred(module, "double"):
        assert imported_from("double")(4) == 8
        assert sys.modules[module].__file__
    assert importlib.import_module(module) is sys.modules[module]


def test_any_other_name_imports_it_at_once(module: str) -> None:
    with deferred(module, "double"):
        stand_in = sys.modules[module]
        other = imported_from("OTHER")
        assert sys.modules[module] is not stand_in
        assert stand_in.OTHER is other is sys.modules[module].OTHER
        with pytest.raises(ImportError, match="nothing"):
            imported_from("nothing")
    assert sys.modules[module].OTHER is other


def test_a_failure_in_the_meantime_leaves_nothing(module: str) -> None:
    with pytest.raises(RuntimeError), deferred(module, "double"):
        raise RuntimeError
    assert module not in sys.modules


DETECTION = """
import gc, importlib, sys
from ftcli.system.torch_import import import_torch
{begin}
import torch, torchvision
torch.set_num_threads(1)
module = importlib.import_module("torchvision.ops.roi_align")
print(module.is_compile_supported.__module__, "torch._dynamo" in sys.modules, gc.isenabled(), gc.get_freeze_count() > 0)

torch.manual_seed(0)
pixels, boxes = torch.randn(1, 2, 16, 16), torch.tensor([[0, 1.0, 1, 9, 9], [0, 2, 2, 12, 15]])
def align(pixels):
    return module.roi_align(pixels, boxes, (3, 3)) * 2
compiled = torch.compile(align, backend="eager")
print(torch.equal(compiled(pixels), align(pixels)), len(torch._dynamo.explain(align)(pixels).break_reasons))

module._has_ops = lambda: False  # now it asks whether it may compile
module._roi_align = module._roi_align.__wrapped__
torch._dynamo.reset()
print(torch.allclose(compiled(pixels), align(pixels), atol=1e-5))
print(torch._dynamo.explain(align)(pixels).graph_break_count)
print([module.is_compile_supported(device) for device in ("cpu", "meta")])
print(sys.modules["torch._dynamo.utils"].__spec__.origin)
"""


def said(code: str) -> list[str]:
    """The lines that a process of its own prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_compiled_boxes_are_as_with_the_usual_import() -> None:
    usual, ours = (said(DETECTION.format(begin=begin)) for begin in ("", "import_torch()"))
    # where this fails, torchvision has mended it, and there is nothing to defer any more
    assert usual[0].split()[:2] == ["torch._dynamo.utils", "True"]
    assert ours[0].split() == ["ftcli.system.torch_import", "False", "True", "True"]
    assert ours[1:] == usual[1:]
    assert ours[1].startswith("True")
    assert ours[2].startswith("True")
