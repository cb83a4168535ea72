from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftcli.evidence.quasi_newton import MOST, Memory


def test_it_is_the_two_loop_recursion_of_the_last_steps() -> None:
    generator = np.random.default_rng(0)
    root = generator.normal(size=(2, 9, 9))
    hessian = root @ root.transpose(0, 2, 1)
    memory = Memory(2, 9)
    steps: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for _ in range(MOST + 3):
        moved = generator.normal(size=(2, 9))
        turned = (hessian @ moved[..., None])[..., 0]
        memory.learn(moved, turned)
        steps = [*steps[1 - MOST :], (moved, turned)]
    gradient = generator.normal(size=(2, 9))
    found = memory.newton(gradient)
    for problem in range(2):
        rest, shares = gradient[problem], []
        for moved, turned in reversed([(one[problem], other[problem]) for one, other in steps]):
            shares.append(moved @ rest / (moved @ turned))
            rest = rest - shares[-1] * turned
        moved, turned = (one[problem] for one in steps[-1])
        rest = rest * (moved @ turned) / (turned @ turned)
        for moved, turned in [(one[problem], other[problem]) for one, other in steps]:
            rest = rest + (shares.pop() - turned @ rest / (moved @ turned)) * moved
        np.testing.assert_allclose(found[problem], rest, rtol=1e-6)


def test_a_step_without_curvature_teaches_nothing() -> None:
    memory = Memory(2, 3)
    memory.learn(np.ones((2, 3)), np.array([[2.0, 2.0, 2.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(memory.newton(np.ones((2, 3))), [[0.5] * 3, [1.0] * 3])
