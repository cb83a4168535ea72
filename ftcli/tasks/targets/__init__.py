"""What comes out of the network."""
