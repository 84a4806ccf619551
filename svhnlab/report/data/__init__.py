"""The data: classes, samples, colour, duplicates."""
