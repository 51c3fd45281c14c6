"""What a household does in the browser: shop and basket, its orders, what it likes and waits for, calendars."""
