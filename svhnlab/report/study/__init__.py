"""The study as a whole: overview, leads, settings, stored results, citation."""
