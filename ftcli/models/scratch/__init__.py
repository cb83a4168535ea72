"""Networks without pre-trained weights."""
