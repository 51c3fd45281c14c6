"""Baskets that reserve nothing, and the orders placed from them."""
