"""What ``svhnlab train`` does: make every result of a study that is not stored yet, in order."""
