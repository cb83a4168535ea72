"""What trains, and when."""
