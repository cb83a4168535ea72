"""Weights of 8 bits in ONNX graphs: `onnxruntime`'s dynamic quantisation."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# Of the file that stands beside PART.onnx.
INT8 = "int8"
# Operators whose weights become integers: matrix products, which are faster then. Convolutions would become operators
# that onnxruntime runs slowly, and are less exact, as the range of their inputs is guessed anew for each batch.
OPERATORS = ("MatMul", "Gemm", "Gather")


def quantise(folder: Path) -> tuple[str, Sequence[str]]:
    """Write PART.int8.onnx for each PART.onnx; gives the name of the first, and notes on what stays float32."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    notes, written = [], []
    for path in sorted(folder.glob("*.onnx")):
        made = path.with_suffix(f".{INT8}.onnx")
        with _quiet():
            quantize_dynamic(
                str(path), str(made), op_types_to_quantize=list(OPERATORS), weight_type=QuantType.QInt8
            )
        kept = sum(
            node.op_type == "Conv" for node in onnx.load(str(path), load_external_data=False).graph.node
        )
        if kept:
            words = "convolution stays" if kept == 1 else "convolutions stay"
            notes.append(f"{made.name}: {kept:,} {words} float32; only matrix products are int8")
        written.append(made.name)
    return written[0], notes


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice to run a pre-processing, which is for static quantisation."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
