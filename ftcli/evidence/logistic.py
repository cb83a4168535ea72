"""L2-regularised logistic fits, several at once, by L-BFGS with an approximate Hessian as its start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftcli.evidence.coordinates import Coordinates
from ftcli.evidence.losses import Loss
from ftcli.evidence.quasi_newton import Memory

Array = NDArray[np.float64]
# Steps that a solution may take; cuts of one step.
MOST_STEPS, MOST_CUTS = 500, 30


class Fits:
    """Fits of one loss in some coordinates, from one strength of the penalty to the next.

    The objective of a fit is the sum of the losses of the examples that it sees, and strength / 2 of the squared
    weights; biases are free.
    """

    def __init__(self, coordinates: Coordinates, seen: NDArray[np.bool_], loss: Loss) -> None:
        """Fits whose weights are zero, of the examples that they see, (fits, N)."""
        self._coordinates, self._loss = coordinates, loss
        self._seen = seen.astype(np.float64)
        self._count = self._seen.sum(axis=1)
        self._columns = coordinates.columns
        self._transposed = self._columns.transpose(0, 2, 1)
        self._certain = loss.certain(self._seen)
        # The bias is last, (fits, R + 1, outputs); logits (fits, N, outputs) are of all examples.
        self._parameters = np.zeros((len(seen), self._columns.shape[2], loss.outputs))
        self._logits = np.zeros((*seen.shape, loss.outputs)) + self._certain[:, None]

    def logits(self) -> Array:
        """Of all examples, also of those that a fit does not see, (fits, N, outputs)."""
        return np.where(self._certain[:, None] != 0, self._doubtful()[:, None], self._logits)

    def of_features(self) -> tuple[Array, Array]:
        """Weight (fits, outputs, W) and bias (fits, outputs) for features as they are given."""
        weight, bias = self._coordinates.of_features(self._parameters)
        return weight, bias + self._doubtful()

    def _doubtful(self) -> Array:
        return self._loss.doubtful(self._logits, self._certain, self._seen)

    def solve(self, strength: float, tolerance: float) -> None:
        """Go on to the optimum at this strength, from where the fits are, to `tolerance` of the loss an example."""
        values, shares = self._loss.look(self._logits)
        value = self._value(values, self._parameters, strength)
        root = self._root(shares, strength)
        gradient = self._gradient(shares, strength) * root
        memory = Memory(len(root), gradient[0].size)
        for _ in range(MOST_STEPS):
            flat = gradient.reshape(len(root), -1)
            newton = memory.newton(flat)
            slope = -np.einsum("bp,bp->b", newton, flat)
            if (-slope <= 2 * tolerance * self._count).all():
                return
            length, value, shares = self._step(-newton.reshape(gradient.shape) * root, slope, value, strength)
            after = self._gradient(shares, strength) * root
            memory.learn(-length[:, None] * newton, (after - gradient).reshape(flat.shape))
            gradient = after

    def _root(self, shares: Array, strength: float) -> Array:
        """What parameters are multiplied by for the Hessian to be near the identity, (fits, R + 1, 1).

        The curvature of all outputs and examples is taken for the same.
        """
        curvature = (shares * (1 - shares)).mean(axis=2)
        mean = np.maximum((curvature * self._seen).sum(axis=1) / self._count, 1e-3)[:, None]
        weights = mean * self._coordinates.spectrum + strength
        root: Array = np.concatenate([weights, mean * self._count[:, None]], axis=1)[..., None] ** -0.5
        return root

    def _value(self, values: Array, parameters: Array, strength: float) -> Array:
        """The objective (fits,) from the losses of the examples, (fits, N)."""
        weight = parameters[:, :-1]
        squares = np.einsum("bro,bro->b", weight, weight)
        total: Array = np.einsum("bn,bn->b", values, self._seen) + 0.5 * strength * squares
        return total

    def _gradient(self, shares: Array, strength: float) -> Array:
        slope: Array = self._transposed @ ((shares - self._loss.targets) * self._seen[..., None])
        slope[:, :-1] += strength * self._parameters[:, :-1]
        return slope

    def _step(
        self, direction: Array, slope: Array, value: Array, strength: float
    ) -> tuple[Array, Array, Array]:
        """Step along the direction as far as the objective falls enough, each fit by itself.

        Logits change linearly along it, so only the first look takes a product with the columns. The length of the
        step (fits,), the objective there, and the probabilities.
        """
        parameters, logits = self._parameters, self._logits
        change = self._columns @ direction
        length = np.ones(len(value))
        for _ in range(MOST_CUTS):
            self._parameters = parameters + length[:, None, None] * direction
            self._logits = logits + length[:, None, None] * change
            values, shares = self._loss.look(self._logits)
            now = self._value(values, self._parameters, strength)
            # The last term is rounding, which decides nothing.
            enough = now <= value + 1e-4 * length * slope + 1e-13 * np.abs(value)
            if enough.all():
                break
            # The lowest point of the parabola through both values and the slope.
            bend = now - value - length * slope
            best = -0.5 * slope * length**2 / np.where(bend > 0, bend, 1)
            length = np.where(enough, length, np.clip(best, 0.1 * length, 0.5 * length))
        return length, now, shares
