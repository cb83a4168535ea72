"""What talks to the operating system."""
