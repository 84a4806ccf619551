"""How the models were trained: curves, recipes, augmentation, ablations."""
