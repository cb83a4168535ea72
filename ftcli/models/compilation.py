"""torch.compile for training steps: its requirements, and its errors as messages."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import torch.compiler.config

from ftcli.errors import ModelError

RECOMPILATIONS = 64  # each phase of freezing is a function of its own, of fixed and then of varying sizes
OLDEST_GPU = (7, 0)  # that Triton makes kernels for


def missing(device: torch.device) -> str | None:
    """What torch.compile lacks on this machine for `device`, as a sentence; None if nothing is missing."""
    if device.type == "cuda":
        return _missing_on_cuda(device)
    if device.type == "cpu":
        return _missing_on_cpu()
    return None


def _missing_on_cpu() -> str | None:
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        return "no C++ compiler was found. Install g++, or name one in the environment variable CXX"
    return _missing_headers()


def _missing_on_cuda(device: torch.device) -> str | None:
    if find_spec("triton") is None:
        return "the package triton is not installed, which PyTorch for CUDA brings on Linux"
    if (capability := torch.cuda.get_device_capability(device)) < OLDEST_GPU:
        return f"the GPU has compute capability {capability[0]}.{capability[1]}, and at least 7.0 is needed"
    if not any(map(shutil.which, (os.environ.get("CC", "gcc"), "gcc", "clang"))):
        return "no C compiler was found. Install gcc, or name one in the environment variable CC"
    return _missing_headers()


def _missing_headers() -> str | None:
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "Python.h was not found. Install the headers of Python, such as the package python3-dev"
    return None


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` through torch.compile, which happens in its first calls. Raises `ModelError` where it fails.

    The first call is compiled for its sizes. What first differs in a later one is compiled for any size, so that there
    are at most three compilations for texts of all lengths and a smaller last batch.
    """
    # For the whole process: the option of one function is newer than the oldest torch that is allowed.
    torch.compiler.config.recompile_limit = RECOMPILATIONS
    fast = torch.compile(function)

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        from torch._dynamo.exc import TorchDynamoException

        try:
            return fast(*args, **options)
        except TorchDynamoException as error:
            cause = getattr(error, "inner_exception", error)  # the error of the compiler behind it
            reason = str(cause).strip().partition("\n")[0]
            problem = f"torch.compile fails on this network: {reason}. Leave it out to train without"
            raise ModelError(f"training.compile: {problem}") from error

    return run
