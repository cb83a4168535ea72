"""Networks that write."""
