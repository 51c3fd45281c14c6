"""The pages of the shop window."""
