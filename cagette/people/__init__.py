"""People, households, organisations, and who may do what in them."""
