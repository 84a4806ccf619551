"""Training dynamics and the labels of the training images."""
