"""What is learned of each example."""
