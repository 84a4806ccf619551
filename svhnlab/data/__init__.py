"""Data: download, recognise, check, read and split files of images, measure images, and generate digits."""
