"""Prices that stand without their VAT in a file."""

from django.utils.translation import gettext as _

from cagette.core.money import Money
from producers.price_lists.saying import Cells, gross_of, read_net, read_vat


def read_gross_of(cells: Cells, *, net: str, vat: str) -> tuple[Money | None, int | None]:
    """The price with its VAT, and the rate. A net price without a rate is refused: nobody can tell what it is worth."""
    amount, rate = cells.read(net, read_net), cells.read(vat, read_vat)
    if amount is None:
        return None, rate
    if not cells.text(vat):
        cells.refuse(vat, _("Dites le taux de TVA : le prix de cette ligne est hors taxe."))
    return (None if rate is None else gross_of(amount, rate)), rate
