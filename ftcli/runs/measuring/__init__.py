"""What a step of a training costs on this machine: seconds and memory."""
