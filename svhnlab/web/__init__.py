"""Scripts and styles of the pages, for both engines."""
