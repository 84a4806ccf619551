"""The fallback engine: pandoc and Typst draw the book where Quarto is not installed."""
