"""Price lists of other software: Cagette, Cagette Pro, Open Food Network, Foodsoft."""

from producers.price_lists.formats.base import Format
from producers.price_lists.formats.cagette import CAGETTE
from producers.price_lists.formats.cagette_pro import CAGETTE_PRO
from producers.price_lists.formats.foodsoft import FOODSOFT
from producers.price_lists.formats.open_food_network import OPEN_FOOD_NETWORK

FORMATS = {known.key: known for known in (CAGETTE, CAGETTE_PRO, OPEN_FOOD_NETWORK, FOODSOFT)}


def format_of(header: list[str]) -> Format | None:
    """The format whose columns a line names; None when it is none of theirs."""
    return next((known for known in FORMATS.values() if known.is_header(header)), None)
