"""Steps before chapters are executed, for both engines: evidence on single images, cards, settings, footer."""
