"""What both engines' sites get once the pages are there: metadata, search index, code pages, record."""
