"""Counts as coordinators type them, into clean values."""

import re
from collections.abc import Mapping

from django.http import QueryDict
from django.utils.translation import gettext as _

from cagette.core.quantities import QuantityUnreadable, Unit, read_quantity
from producers.announcing import Figure, HarvestsRefused
from producers.facts import STOCK_MAX
from producers.models import Product
from producers.price_lists.columns import CellUnreadable, read_count

_DIGITS = re.compile(r"^\d{1,9}$", re.ASCII)


class FormRefused(ValueError):
    """A form that does not read. The message is fit for the person who filled it."""


def read_number(text: str) -> int:
    """A hidden number that we wrote ourselves. Raises FormRefused."""
    if not _DIGITS.match(text):
        raise FormRefused(_("Le formulaire est incomplet. Rechargez la page."))
    return int(text)


def numbered(data: QueryDict, prefix: str) -> dict[int, str]:
    """The fields whose name is a prefix and a key: {12: "3"} of count-12=3."""
    return {
        read_number(name.removeprefix(prefix)): data.get(name, "").strip() for name in data if name.startswith(prefix)
    }


def read_counts(typed: Mapping[int, str], products: Mapping[int, Product]) -> dict[int, int]:
    """Quantities by key ("3", "1,5 kg"; empty is 0), each in the unit of its product. Raises FormRefused."""
    counts = {}
    for key, text in typed.items():
        product = products.get(key)
        if product is None:
            raise FormRefused(_("Un de ces produits n’est pas dans cette vente. Rechargez la page."))
        try:
            counts[key] = read_quantity(text, Unit(product.unit)) if text else 0
        except QuantityUnreadable as unreadable:
            raise FormRefused(f"{product.name} : {unreadable}") from unreadable
    return counts


def read_figures(data: QueryDict, products: Mapping[int, Product]) -> dict[int, Figure]:
    """The figures of a harvest that differ from what the form showed, by product.

    Raises HarvestsRefused for those that do not read, FormRefused when the form itself is broken.
    """
    seen = numbered(data, "seen-")
    figures: dict[int, Figure] = {}
    errors: dict[int, str] = {}
    for key, text in numbered(data, "amount-").items():
        product = products.get(key)
        if product is None or key not in seen:
            raise FormRefused(_("Un de ces produits n’est plus à récolter ce jour-là. Rechargez la page."))
        try:
            figure = _figure(text, product, seen=read_number(seen[key]))
        except CellUnreadable as unreadable:
            errors[key] = str(unreadable)
            continue
        if figure.amount != figure.seen:
            figures[key] = figure
    if errors:
        raise HarvestsRefused(errors)
    return figures


def _figure(text: str, product: Product, *, seen: int) -> Figure:
    if not text:
        raise CellUnreadable(_("Dites combien il y en a : zéro ou plus."))
    return Figure(read_count(text, product.unit, most=STOCK_MAX), seen)
