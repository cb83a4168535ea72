"""The generated pages hold all that they are about: every key, option, command and shipped YAML file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
import yaml

from ftcli.cli.app import app
from tests.docs.written import DOCS, ROOT, generated
from tests.running import Command

CONFIGS = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))


def schema_keys(schema: dict[str, Any], before: str = "") -> Iterator[str]:
    """Every key that the JSON Schema allows, with its dots; an option of a part as `optimizer.lr`."""
    for name, inner in schema.get("properties", {}).items():
        yield before + name
        yield from schema_keys(inner, f"{before}{name}.")
    for one in schema.get("anyOf", ()):
        yield from schema_keys(one, before)


def test_every_key_is_there(ftcli: Command) -> None:
    page = generated()["keys.md"]
    keys = set(schema_keys(json.loads(ftcli.ok("schema"))))
    parts = ("freeze.", "loss.", "optimizer.", "schedule.")
    assert {"data.cache.views", "training.epochs", "optimizer.lr", "freeze.count"} < keys
    missing = {
        key
        for key in keys
        if not key.startswith(parts) and f"`{key}`" not in page and f"\n## {key}\n" not in page
    }
    options = {key.partition(".")[2] for key in keys if key.startswith(parts)} - {"name"}
    assert missing | {option for option in options if f"| `{option}` |" not in page} == set()


def test_every_name_of_a_part_and_every_value_of_a_choice_is_there(ftcli: Command) -> None:
    page = generated()["keys.md"]
    words = set(re.findall(r'"(?:const|enum)": (?:"([^"]+)"|\[([^\]]*)\])', ftcli.ok("schema")))
    names = {
        name for single, several in words for name in (single, *re.findall(r'"([^"]+)"', several)) if name
    }
    assert {"lp-ft", "cosine", "paragraph", "image-classification"} < names
    assert not {name for name in names - {"auto"} if name not in page}


def test_the_defaults_that_are_shown_are_those_of_the_program() -> None:
    page = generated()["keys.md"]
    assert "`data.cache.limit_gb` | number, above 0 | `20.0` |" in page
    assert re.search(r"`training.epochs` \| .*?chosen", page)
    assert "`model.backbone` | text |  |" in page


def test_every_command_and_option_is_there() -> None:
    page = generated()["commands.md"]
    group: Any = typer.main.get_command(app)
    assert len(group.commands) >= 7
    for name, command in group.commands.items():
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert bool(section) != command.hidden, name
        for parameter in command.params if section else ():
            for word in parameter.opts if parameter.param_type_name == "option" else (parameter.metavar,):
                assert word is None or word.strip("[].") in section, (name, word)
            assert parameter.help, f"{name}: {parameter.name} is not explained"


@pytest.mark.parametrize("name", CONFIGS)
def test_every_shipped_file_is_there_with_its_yaml(name: str) -> None:
    section = generated()["gallery.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    block = re.search(r"```yaml.*?\n(.*?)```", section, flags=re.DOTALL)
    assert block is not None
    whole = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(block[1]) == yaml.safe_load(whole)
    assert "Needs " in section


def test_what_a_file_needs() -> None:
    gallery = generated()["gallery.md"]
    assert "Needs nothing but ftcli." in gallery.partition("\n## quickstart\n")[2].partition("\n## ")[0]
    sentiment = gallery.partition("\n## bert_sentiment\n")[2].partition("\n## ")[0]
    # Whatever is on this machine.
    assert "Needs your data: `reviews.csv`; downloads: bert-base-uncased." in sentiment


def test_results_are_of_shipped_files_and_say_how_they_came_about() -> None:
    results = yaml.safe_load((DOCS / "results.yaml").read_text(encoding="utf-8"))
    assert "quickstart" in results
    assert set(results) <= set(CONFIGS)
    for name, result in results.items():
        assert set(result) == {"command", "figure", "seconds", "machine", "version"}, name
        assert re.search(rf"\b{name}\b", result["command"])
        assert re.search(r"\d", result["figure"])


def test_the_navigation_names_every_page() -> None:
    settings = yaml.safe_load((DOCS / "mkdocs.yml").read_text(encoding="utf-8"))
    named = set(re.findall(r"[\w-]+\.md", json.dumps(settings["nav"])))
    assert named == {path.name for path in DOCS.glob("pages/*.md")} | set(generated())
    assert not {path.name for path in DOCS.glob("pages/*.md")} & set(generated())
    assert settings["theme"]["font"] is False
