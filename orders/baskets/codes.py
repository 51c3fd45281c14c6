"""The code of an order, shown or said at the point."""

import secrets

# no I, L, O, U, 0 or 1: it is said aloud in a hall
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """Six letters that nobody can guess; the database refuses one that is taken."""
    return "".join(secrets.choice(CODE_LETTERS) for _place in range(6))
