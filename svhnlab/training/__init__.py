"""Training: the loop, its start weights, its checkpoints, and who is told about its progress."""
