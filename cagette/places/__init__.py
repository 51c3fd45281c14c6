"""Communes, territories, delivery points, and the VAT that applies in a place."""
