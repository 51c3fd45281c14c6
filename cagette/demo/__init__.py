"""A corner of Corsica that looks like life, to see the software at work."""
