"""Models compared: accuracy, paired tests, cost, seeds, agreement."""
