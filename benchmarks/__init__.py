"""Speed and memory, as ratios to bare psycopg on the same rows, over the same socket, in the same run."""
