"""Why images are misclassified: image properties, slices, label errors."""
