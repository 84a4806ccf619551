"""svhnlab: train digit classifiers on SVHN and report what they get wrong, and why."""

__version__ = "0.1.0"
