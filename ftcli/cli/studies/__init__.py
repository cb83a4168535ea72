"""What the commands of studies print."""
