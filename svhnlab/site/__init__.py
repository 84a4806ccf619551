"""The report as a website and a PDF, rendered by Quarto or by the built-in engine."""
