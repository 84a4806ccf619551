"""The feature space: centroids, margins, maps."""
