"""Executes chapters for both engines and keeps what did not change."""
