"""Comparison of the models: accuracy, paired tests, cost, seeds, agreement."""
