"""Where a key was written, and the errors that begin with it."""

from __future__ import annotations

import pytest

from ftcli.config.places import Places, join
from ftcli.errors import ConfigError, DataError, Mistake, ModelError

PLACES = Places({"data": "x.yaml:2", "freeze": "x.yaml:3", "freeze.patterns": "x.yaml:4"})


def test_names_are_joined_by_dots() -> None:
    assert (join("training", "epochs"), join("", "task"), join("data", "")) == (
        "training.epochs",
        "task",
        "data",
    )


def test_a_key_that_was_left_out_has_the_place_of_the_nearest_around_it() -> None:
    assert PLACES.of("freeze.patterns[1]") == "x.yaml:4"
    assert PLACES.of("freeze.count") == "x.yaml:3"
    assert PLACES.of("loss.gamma") == ""


def test_it_is_a_mapping_of_what_was_written() -> None:
    assert dict(PLACES) == {"data": "x.yaml:2", "freeze": "x.yaml:3", "freeze.patterns": "x.yaml:4"}
    assert PLACES.get("loss") is None


def test_an_error_begins_with_the_place() -> None:
    error = PLACES.error("freeze.count", "is 3")
    assert isinstance(error, ConfigError)
    assert error.mistakes == (Mistake("x.yaml:3", "freeze.count", "is 3"),)
    assert str(Places().error("loss", "is wrong")) == "loss: is wrong"


def test_several_keys_make_one_error() -> None:
    error = PLACES.errors({"freeze": "is wrong", "data": "too"})
    assert str(error) == "x.yaml:3: freeze: is wrong\nx.yaml:2: data: too"


def test_a_view_of_a_section_takes_its_keys_without_its_name_and_has_its_own_error() -> None:
    view = PLACES.under("data", DataError)
    error = view.error("label", "no such column")
    assert type(error) is DataError
    assert str(error) == "x.yaml:2: data.label: no such column"
    assert str(view.error("", "needs a source")) == "x.yaml:2: data: needs a source"


def test_an_option_of_the_command_line_stands_for_itself() -> None:
    assert str(PLACES.under("data", DataError).error("--data", "no such path")) == "--data: no such path"


def test_errors_from_inside_get_the_place_of_their_key() -> None:
    with pytest.raises(ConfigError, match=r"^x.yaml:4: freeze.patterns: is empty$"), PLACES.at("freeze"):
        raise ConfigError([Mistake("", "freeze.patterns", "is empty")])
    with pytest.raises(ConfigError, match=r"^y.yaml:9: loss: is wrong$"), PLACES.at("freeze"):
        raise ConfigError([Mistake("y.yaml:9", "loss", "is wrong")])


def test_errors_of_a_model_get_the_place_of_the_key_around_them() -> None:
    with pytest.raises(ModelError, match=r"^x.yaml:3: no such block$"), PLACES.at("freeze"):
        raise ModelError("no such block")
    with pytest.raises(ModelError, match=r"^no such block$"), Places().at("freeze"):
        raise ModelError("no such block")
