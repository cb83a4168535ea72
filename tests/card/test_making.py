"""How a model came about, as far as that is known."""

from __future__ import annotations

from pathlib import Path

from ftcli.card import making
from ftcli.card.facts import read_facts
from tests.card.making import SHA256, add_receipt, make_whole_run
from tests.report.making import ENVIRONMENT, YAML, make_run


def test_the_machine_is_not_named(tmp_path: Path) -> None:
    launched = ENVIRONMENT | {"launch": "process 3 on secret-host"}
    shown = making.section(read_facts(make_run(tmp_path / "run", environment=launched)))
    assert "secret-host" not in shown
    assert "| python | `3.11.7` |" in shown


def test_a_very_long_yaml_is_cut_and_says_so(tmp_path: Path) -> None:
    shown = making.section(read_facts(make_run(tmp_path / "run", experiment=YAML + "# x\n" * 20_000)))
    assert "It is cut: the run has all of it." in shown
    assert len(shown) < 25_000
    assert "It is cut" not in making.section(read_facts(make_run(tmp_path / "other")))


def test_data_have_the_hash_of_a_receipt_where_there_is_one(tmp_path: Path) -> None:
    run = make_whole_run(tmp_path / "run")
    assert "SHA-256" not in making.data(read_facts(run))
    add_receipt(run)
    assert f"SHA-256 of the list of all files with their sizes and hashes: `{SHA256}`." in making.data(
        read_facts(run)
    )


def test_little_is_known(tmp_path: Path) -> None:
    facts = read_facts(
        make_run(
            tmp_path / "run",
            experiment="x: 1\n",
            data=None,
            outcomes=None,
            summary=None,
            environment=None,
            metrics=None,
        )
    )
    assert making.base(facts) == ""
    assert making.data(facts) == "## Data"
    assert making.spoken(facts) == ""
    assert "| weights | unknown |\n| data | unknown |" in making.licence(facts)
