"""What both engines need before chapters are executed: evidence on single images, cards, settings, footer."""
