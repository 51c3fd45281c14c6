"""Reading cycles: one function a page or question."""
