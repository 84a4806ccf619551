"""Code used only with Quarto: hooks, frozen results, and corrections of its pages."""
