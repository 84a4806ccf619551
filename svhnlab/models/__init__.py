"""The networks that are trained, and their pretrained weights."""
