"""What the pages of sales do, one module a topic."""
