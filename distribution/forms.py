"""Counts as coordinators type them, into clean values."""

import re
from collections.abc import Mapping

from django.http import QueryDict
from django.utils.translation import gettext as _

from cagette.core.quantities import QuantityUnreadable, Unit, read_quantity
from producers.models import Product

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
