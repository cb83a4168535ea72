"""L2-regularised logistic fits, several at once, by L-BFGS with an approximate Hessian as its start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ftcli.evidence.coordinates import Coordinates
from ftcli.evidence.losses import Loss

Array = NDArray[np.float64]
# Steps that L-BFGS remembers; steps that it may take; halvings of one step.
REMEMBERED, MOST_STEPS, MOST_HALVINGS = 8, 500, 30


class Fits:
    """Fits of one loss in some coordinates, from one strength of the penalty to the next.

    The objective of a fit is the sum of the losses of the examples that it sees, and strength / 2 of the squared
    weights; biases are free. `parameters` (fits, R + 1, outputs) has the bias last.
    """

    def __init__(self, coordinates: Coordinates, seen: NDArray[np.bool_], loss: Loss) -> None:
        """Fits whose weights are zero, of the examples that they see, (fits, N)."""
        self.coordinates, self.loss = coordinates, loss
        self._seen = seen.astype(np.float64)
        self._columns = coordinates.columns
        self._transposed = self._columns.transpose(0, 2, 1)
        shape = (len(seen), self._columns.shape[2], loss.outputs)
        self.parameters = np.zeros(shape)
        self._certain = loss.certain(self._seen)
        self._logits = np.zeros((*seen.shape, loss.outputs)) + self._certain[:, None]

    def solve(self, strength: float, tolerance: float) -> None:
        """Go on to the optimum at this strength, from where the fits are, to `tolerance` of the loss an example."""
        count = self._seen.sum(axis=1)
        penalty = np.full(self.parameters.shape[1:], strength)
        penalty[-1] = 0
        diagonal = self._diagonal(strength)
        value, gradient = self._value(penalty), self._gradient(penalty)
        steps: list[tuple[Array, Array, Array]] = []
        scale = np.ones(len(count))
        for _ in range(MOST_STEPS):
            direction = -self._towards(gradient, diagonal, steps, scale)
            slope = _dot(direction, gradient)
            if (-slope <= 2 * tolerance * count).all():
                return
            before = self.parameters, gradient
            value = self._step(direction, slope, value, penalty)
            gradient = self._gradient(penalty)
            moved, turned = self.parameters - before[0], gradient - before[1]
            product = _dot(moved, turned)
            if not (product > 0).any():
                return
            inverse = np.divide(1, product, out=np.zeros_like(product), where=product > 0)
            steps = [*steps[1 - REMEMBERED :], (moved, turned, inverse)]
            size = _dot(turned, self.coordinates.precondition(turned, diagonal))
            scale = np.divide(product, size, out=scale.copy(), where=size > 0)

    def logits(self) -> Array:
        """Of all examples, also of those that a fit does not see, (fits, N, outputs)."""
        return np.where(self._certain[:, None] != 0, self._doubtful()[:, None], self._logits)

    def of_features(self) -> tuple[Array, Array]:
        """Weight (fits, outputs, W) and bias (fits, outputs) for features as they are given."""
        weight, bias = self.coordinates.of_features(self.parameters)
        return weight, bias + self._doubtful()

    def _doubtful(self) -> Array:
        return self.loss.doubtful(self._logits, self._certain, self._seen)

    def _diagonal(self, strength: float) -> Array:
        """An approximate Hessian in the directions of the coordinates: of all outputs the mean, of all examples."""
        shares = self.loss.probabilities(self._logits)
        curvature = (shares * (1 - shares)).mean(axis=2)
        mean = np.maximum((curvature * self._seen).sum(axis=1) / self._seen.sum(axis=1), 1e-3)[:, None]
        weights = mean * self.coordinates.spectrum + strength
        return np.concatenate([weights, mean * self._seen.sum(axis=1, keepdims=True)], axis=1)

    def _value(self, penalty: Array) -> Array:
        fit = (self.loss.values(self._logits) * self._seen).sum(axis=1)
        total: Array = fit + 0.5 * (penalty * self.parameters**2).sum(axis=(1, 2))
        return total

    def _gradient(self, penalty: Array) -> Array:
        errors = (self.loss.probabilities(self._logits) - self.loss.targets) * self._seen[..., None]
        slope: Array = self._transposed @ errors + penalty * self.parameters
        return slope

    def _towards(
        self, gradient: Array, diagonal: Array, steps: Sequence[tuple[Array, Array, Array]], scale: Array
    ) -> Array:
        """The inverse Hessian, as far as the steps show it, by the gradient (the two-loop recursion)."""
        passed = []
        for moved, turned, inverse in reversed(steps):
            share = _dot(moved, gradient) * inverse
            gradient = gradient - share[:, None, None] * turned
            passed.append(share)
        gradient = self.coordinates.precondition(gradient, diagonal) * scale[:, None, None]
        for (moved, turned, inverse), share in zip(steps, reversed(passed), strict=True):
            gradient = gradient + (share - _dot(turned, gradient) * inverse)[:, None, None] * moved
        return gradient

    def _step(self, direction: Array, slope: Array, value: Array, penalty: Array) -> Array:
        """Step along the direction as far as the objective falls enough, each fit by itself; the new values.

        Logits change linearly along it, so only the first look takes a product with the columns.
        """
        parameters, logits = self.parameters, self._logits
        change = self._columns @ direction
        length = np.ones(len(value))
        for _ in range(MOST_HALVINGS):
            self.parameters = parameters + length[:, None, None] * direction
            self._logits = logits + length[:, None, None] * change
            now = self._value(penalty)
            # The last term is rounding, which decides nothing.
            enough = now <= value + 1e-4 * length * slope + 1e-13 * np.abs(value)
            if enough.all():
                break
            # The lowest point of the parabola through both values and the slope.
            bend = now - value - length * slope
            best = -0.5 * slope * length**2 / np.where(bend > 0, bend, 1)
            length = np.where(enough, length, np.clip(best, 0.1 * length, 0.5 * length))
        return now


def _dot(first: Array, second: Array) -> Array:
    """The product of two stacks of matrices as vectors, (fits,)."""
    product: Array = np.einsum("bro,bro->b", first, second)
    return product
