"""The memory of L-BFGS for several problems at once, in the compact form of Byrd, Nocedal and Schnabel (1994)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Steps that are remembered.
MOST = 10


class Memory:
    """What past steps of problems showed of their curvature, of which none depends on another."""

    def __init__(self, problems: int, size: int) -> None:
        self._moved = np.zeros((problems, 0, size))
        self._turned = np.zeros((problems, 0, size))
        # The inverse of the upper triangle of the products of moves and turns, its diagonal, and turns by turns.
        self._triangle = np.zeros((problems, 0, 0))
        self._diagonal = np.zeros((problems, 0))
        self._squares = np.zeros((problems, 0, 0))
        self._scale = np.ones((problems, 1))

    def newton(self, gradient: Array) -> Array:
        """The inverse Hessian, as far as the steps show it, by the gradient, (problems, size)."""
        along = _by(self._moved, gradient)
        across = _by(self._turned, gradient)
        inner = _by(self._triangle, along)
        outer = self._diagonal * inner + self._scale * (_by(self._squares, inner) - across)
        outer = _by(self._triangle.transpose(0, 2, 1), outer)
        result = self._scale * (gradient - _by(self._turned.transpose(0, 2, 1), inner))
        return result + _by(self._moved.transpose(0, 2, 1), outer)

    def learn(self, moved: Array, turned: Array) -> None:
        """Remember what the gradient turned by when the parameters moved, both (problems, size).

        A problem whose gradient does not turn as that of a convex one does, for rounding, learns nothing.
        """
        product = np.einsum("bp,bp->b", moved, turned)[:, None]
        sound = product > 0
        moved, turned = moved * sound, turned * sound
        product = np.where(sound, product, 1)
        keep = slice(max(0, self._moved.shape[1] + 1 - MOST), None)
        self._moved = np.concatenate([self._moved[:, keep], moved[:, None]], axis=1)
        self._turned = np.concatenate([self._turned[:, keep], turned[:, None]], axis=1)
        self._diagonal = np.concatenate([self._diagonal[:, keep], product], axis=1)
        against = _by(self._moved, turned)[:, :-1]
        inverse = _bordered(self._triangle[:, keep, keep])
        inverse[:, :-1, -1] = -_by(inverse[:, :-1, :-1], against) / product
        inverse[:, -1, -1] = 1 / product[:, 0]
        self._triangle = inverse
        squares = _bordered(self._squares[:, keep, keep])
        squares[:, -1] = squares[:, :, -1] = _by(self._turned, turned)
        self._squares = squares
        size = squares[:, -1, -1:]
        self._scale = np.where(sound, product / np.where(size > 0, size, 1), self._scale)


def _by(matrices: Array, vectors: Array) -> Array:
    """A stack of matrices by a stack of vectors."""
    product: Array = (matrices @ vectors[..., None])[..., 0]
    return product


def _bordered(matrices: Array) -> Array:
    """The matrices with a row and a column of zeros more."""
    wider = np.zeros((len(matrices), matrices.shape[1] + 1, matrices.shape[2] + 1))
    wider[:, :-1, :-1] = matrices
    return wider
