"""The whole study: overview, chapter leads, settings, stored results, citation."""
