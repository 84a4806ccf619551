"""The door for data: fetching, recognising, checking, reading and splitting them."""
