"""Execute chapters for both engines, and cache the results."""
