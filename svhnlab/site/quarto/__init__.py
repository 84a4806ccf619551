"""What only Quarto needs."""
