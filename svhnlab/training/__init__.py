"""Training of one model: loop, augmentation, checkpoints, data-parallel processes, predictions and progress."""
