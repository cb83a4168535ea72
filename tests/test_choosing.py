"""The figures by which orders of candidates are judged, and encoders that are cut to their first layers."""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

BENCH = Path(__file__).parents[1] / "scripts" / "bench"


@pytest.fixture
def ranking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`scripts/bench/ranking.py` as a module."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("ranking")


def made(ranking: Any, name: str, scores: dict[str, tuple[float, float]], best: str = "a") -> Any:
    """A set with a control; each candidate has a score after fine-tuning and the value that `probe` gives it."""
    candidates = [
        ranking.Candidate(one, one, one == "random", (truth - 0.01, truth + 0.01), 10.0, {"probe": value})
        for one, (truth, value) in scores.items()
    ]
    return ranking.Set(name, tuple(candidates), best, best, 12.0, 0.6)


GOOD = {"a": (0.9, 3.0), "b": (0.8, 2.0), "c": (0.5, 1.0), "random": (0.3, 9.0)}
BAD = {"a": (0.9, 1.0), "b": (0.8, 2.0), "c": (0.5, 3.0), "random": (0.95, 0.0)}


def test_an_order_like_that_of_fine_tuning_has_tau_one_and_loses_nothing(ranking: Any) -> None:
    one = made(ranking, "one", GOOD)
    assert ranking.agreement(one, ranking.values(one, "probe", [one])) == pytest.approx((1.0, 0.0))
    assert ranking.controls_last(one)
    other = made(ranking, "other", BAD)
    tau, lost = ranking.agreement(other, ranking.values(other, "probe", [other]))
    assert (tau, lost) == pytest.approx((-1, 0.45))
    assert not ranking.controls_last(other)


def test_a_ranker_that_does_not_know_all_candidates_has_no_figure(ranking: Any) -> None:
    one = made(ranking, "one", GOOD)
    assert all(math.isnan(figure) for figure in ranking.agreement(one, {"a": 1.0}))


def test_the_static_list_knows_the_other_sets_only(ranking: Any) -> None:
    turned = {"a": (0.1, 0.0), "b": (0.2, 0.0), "c": (0.3, 0.0)}
    sets = [made(ranking, "one", GOOD), made(ranking, "two", BAD), made(ranking, "three", turned)]
    found = ranking.static(sets[2], sets)
    assert found["a"] > found["b"] > found["c"]
    assert ranking.agreement(sets[2], found)[0] == pytest.approx(-1)
    assert ranking.static(sets[0], sets[:1]) == {}


def test_the_table_has_a_line_for_each_ranker_and_set(ranking: Any) -> None:
    lines = ranking.table([made(ranking, "one", GOOD), made(ranking, "two", BAD)]).splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert rows["probe"] == ["0.000", "+-0.695", "22.50", "+-15.64,", "worst", "45.00"]
    assert rows["kNN"] == ["-", "-"]
    assert rows["one"] == ["4", "1.41", "yes", "30%", "5%", "100%"]


def test_an_encoder_is_cut_to_its_first_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    cut = importlib.import_module("depth").cut
    source = tmp_path / "small" / "model"
    source.mkdir(parents=True)
    (source / "config.json").write_text(json.dumps({"num_hidden_layers": 3, "hidden_size": 2}))
    (source / "vocab.txt").write_text("a")
    names = [
        "embeddings.weight",
        *(f"encoder.layer.{number}.weight" for number in range(3)),
        "layernorm.1.bias",
    ]
    save_file(
        {name: torch.full((2,), float(place)) for place, name in enumerate(names)},
        source / "model.safetensors",
    )
    whole, small = cut(f"{source}:3,1", tmp_path / "cut")
    assert json.loads((small / "config.json").read_text()) == {"num_hidden_layers": 1, "hidden_size": 2}
    assert (small / "vocab.txt").read_text() == "a"
    assert sorted(load_file(whole / "model.safetensors")) == sorted(names)
    kept = load_file(small / "model.safetensors")
    assert sorted(kept) == ["embeddings.weight", "encoder.layer.0.weight", "layernorm.1.bias"]
    assert kept["encoder.layer.0.weight"].tolist() == [1.0, 1.0]
    with pytest.raises(SystemExit, match="has 3 layers, not 4"):
        cut(f"{source}:4", tmp_path / "cut")
