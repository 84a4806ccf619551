"""The errors: confusion matrix, gallery, pairs of classes."""
