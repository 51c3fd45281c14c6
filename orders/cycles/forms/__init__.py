"""What is typed on the pages of sales, as clean values; nothing is saved here."""
