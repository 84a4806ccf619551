"""Report projects, which ``svhnlab init`` creates and updates."""
