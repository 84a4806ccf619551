"""Answers of the models to images that show none of their classes."""
