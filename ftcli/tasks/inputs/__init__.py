"""What goes into the network."""
