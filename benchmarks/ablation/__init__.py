"""What each part of the recipes brings: the same training without it, by cross-validation on training images.

``python -m benchmarks.ablation --data FOLDER`` trains every variant of every run on the same folds of the training
file, never looking at the test file, and writes one file into ``benchmarks/results/ablations``, which the report shows.
"""
