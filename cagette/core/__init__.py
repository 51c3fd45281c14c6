"""What every app stands on: clock, money, quantities, outbox, letters, audit. No word of the trade."""
