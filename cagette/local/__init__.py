"""Real servers on one machine: what ./run and ./test stand on. Python's standard library only, until .venv is there."""
