"""Data: download, identify, validate, read and split image files, compute image statistics, and generate digits."""
