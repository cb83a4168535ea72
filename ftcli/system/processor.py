"""The processor of this machine: its name, and the instructions on which the last bits of a result depend."""

from __future__ import annotations

import platform
import re
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# Of the dozens of flags, those of arithmetic on vectors and matrices; the last row are those of ARM.
_ARITHMETIC = re.compile(r"avx\w*|amx\w*|fma|f16c|sse4_[12]|asimd\w*|sve\w*|bf16|i8mm")


def processor(cpuinfo: Path = CPUINFO) -> tuple[str, tuple[str, ...]]:
    """The model of the processor, and its flags of arithmetic, sorted; none where the system does not list them."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    name = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.MULTILINE)
    known = sorted({flag for flag in (flags[1].split() if flags else ()) if _ARITHMETIC.fullmatch(flag)})
    return name[1].strip() if name else platform.processor() or platform.machine(), tuple(known)
