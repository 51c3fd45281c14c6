"""Cycles, baskets and orders; each sub-package is an app of its own."""
