"""What all figures and tables share: base classes, style, text, selection of runs."""
