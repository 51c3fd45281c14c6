"""Pages of a farm: its catalogue, its price lists, its profile."""
