"""Code for Quarto alone: its hooks, frozen results, and corrections of its pages."""
