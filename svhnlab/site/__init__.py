"""The report as a site and a PDF: which engine makes it, and the built-in engine."""
