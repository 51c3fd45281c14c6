"""Order cycles: who sells, when it opens and closes, where it is collected."""
