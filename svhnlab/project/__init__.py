"""Report projects: what ``svhnlab init`` writes and updates."""
