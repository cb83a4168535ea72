"""Sections become one file that needs no ftcli and defines whatever it uses."""

from __future__ import annotations

import ast
import builtins
import symtable

import pytest

from ftcli.ship.assembling import assembled, standalone
from ftcli.ship.graphs.answers import SECTIONS

BATCHES = [
    ("resampling", "images"),
    ("tokenizer", "padding", "texts"),
    ("slow_tokenizer", "padding", "texts"),
    ("tokenizer", "padding", "words"),
    ("sounds",),
]


def undefined(script: str) -> set[str]:
    """Names that a script uses and nothing in it defines."""
    table = symtable.symtable(script, "predict.py", "exec")
    known = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }
    used: set[str] = set()
    tables = [table]
    while tables:
        one = tables.pop()
        tables += one.get_children()
        used |= {symbol.get_name() for symbol in one.get_symbols() if symbol.is_global()}
    return used - known - set(dir(builtins)) - {"__file__"}


@pytest.mark.parametrize("runtime", ["onnx_runtime", "torch_runtime"])
@pytest.mark.parametrize("batch", BATCHES)
def test_a_script_defines_whatever_it_uses(runtime: str, batch: tuple[str, ...]) -> None:
    for kind, answers in SECTIONS.items():
        if (kind == "tags") == ("words" in batch) and (kind != "mask" or "images" in batch):
            script = assembled("About.", [runtime, "settings", *batch, "network", *answers, "command"])
            assert undefined(script) == set(), kind
            assert "ftcli" not in script
            imports = [
                node for node in ast.parse(script).body if isinstance(node, ast.Import | ast.ImportFrom)
            ]
            assert len({ast.unparse(one) for one in imports}) == len(imports)


def test_a_section_takes_in_the_module_that_it_needs() -> None:
    script = assembled("About.", ["onnx_runtime", "settings", "tokenizer", "padding", "words"])
    assert script.startswith('"""About.\n"""\n\nfrom __future__ import annotations\n\nimport json\n')
    assert script.index("def split_words") < script.index("def words_of")


@pytest.mark.parametrize("section", ["huggingface.images", "heads.splitting"])
def test_a_file_of_its_own_takes_in_the_module_that_it_needs(section: str) -> None:
    script = standalone(section)
    assert undefined(script) == set()
    assert "ftcli" not in script


def test_a_file_that_needs_no_module_stays_as_it_is() -> None:
    assert "sys.path.insert(0, str(HERE))\n\nimport load  # noqa: E402\n" in standalone("heads.predict_tags")
