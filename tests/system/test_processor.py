"""The name of the processor, and its instructions for arithmetic."""

from __future__ import annotations

from pathlib import Path

from ftcli.system.processor import processor

X86 = "processor : 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t\t: fpu avx2 sse4_2 fma amx_bf16 rdtscp avx\n"
ARM = "processor : 0\nBogoMIPS : 50.0\nFeatures : fp asimd bf16 i8mm sve\n"


def test_of_x86_and_of_arm(tmp_path: Path) -> None:
    (tmp_path / "x86").write_text(X86)
    (tmp_path / "arm").write_text(ARM)
    assert processor(tmp_path / "x86") == ("Some CPU @ 2 GHz", ("amx_bf16", "avx", "avx2", "fma", "sse4_2"))
    assert processor(tmp_path / "arm")[1] == ("asimd", "bf16", "i8mm", "sve")


def test_without_a_list_there_is_still_a_name(tmp_path: Path) -> None:
    name, flags = processor(tmp_path / "none")
    assert name
    assert flags == ()
