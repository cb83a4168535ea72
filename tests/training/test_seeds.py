"""Seeds of steps: pinned, as every run that is resumed depends on them."""

from __future__ import annotations

from itertools import product

from ftcli.training.seeds import step_seed


def test_seeds_are_the_same_for_ever() -> None:
    assert [step_seed(0, 0), step_seed(3, 7), step_seed(3, 7, rank=1)] == [
        6238072747940578789,
        12710348155395669505,
        15506855299993902493,
    ]


def test_seeds_steps_and_ranks_have_seeds_of_their_own() -> None:
    found = [step_seed(*given) for given in product(range(20), range(20), range(4))]
    assert len(set(found)) == len(found)
    assert all(0 <= seed < 2**64 for seed in found)


def test_neighbours_differ_in_about_half_of_their_bits() -> None:
    differing = [(step_seed(0, step) ^ step_seed(0, step + 1)).bit_count() for step in range(1000)]
    assert 30 < sum(differing) / len(differing) < 34
