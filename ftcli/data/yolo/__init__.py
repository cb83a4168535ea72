"""Files of YOLO data sets: settings, lists of images, names of classes, and lines of labels."""
