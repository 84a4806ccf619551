"""The errors: confusion matrix, gallery, confused pairs of classes."""
