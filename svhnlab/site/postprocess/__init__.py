"""Steps after rendering, for both engines: metadata, search index, source code pages, provenance record."""
