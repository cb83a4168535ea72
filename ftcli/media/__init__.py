"""Files of images and sounds."""
