"""Reading: one module a kind of page, one function a page."""
