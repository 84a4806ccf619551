"""Where a site's numbers come from, in a form that a program can check."""
