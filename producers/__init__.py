"""Producers, what they sell, what is left of it, and the groups that list them."""
