"""Views: one module a kind of page."""
