"""The fallback engine: pandoc and Typst render the book where Quarto is not installed."""
