"""Codecs of targets: targets to tensors, outputs to predictions."""
