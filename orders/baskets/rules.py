"""What an order must respect, and the refusals, each fit for the household to read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import COUNT_MAX
from orders.baskets.models import OrderLine
from orders.cycles.models import Offer, Participation


class PlacingRefused(Exception):
    """The order was not placed. The message is fit for the household to read."""


class SaleClosed(PlacingRefused):
    """A participation in the basket is not open yet, or has closed."""


class OfferUnknown(PlacingRefused):
    """The basket names an offer that this cycle does not have."""


class NotAMember(PlacingRefused):
    """The household does not belong to the group."""


class NothingWanted(PlacingRefused):
    """The basket is empty and there is no order to change."""


class CountRefused(PlacingRefused):
    """A count is negative, off the step, below the minimum or beyond all measure."""


class PickupFull(PlacingRefused):
    """The pickup holds as many baskets as it can."""


class KeyReused(PlacingRefused):
    """A form's key came again with another basket."""


class PriceRose(PlacingRefused):
    """A price rose since the page was shown. offers: what changed, by offer."""

    def __init__(self, risen: Mapping[Offer, Money]) -> None:
        self.offers = {offer.pk: offer.unit_price for offer in risen}
        told = "; ".join(
            _("%(name)s : %(seen)s quand la page s’est affichée, %(now)s maintenant")
            % {"name": offer.product.name, "seen": seen, "now": offer.unit_price}
            for offer, seen in risen.items()
        )
        super().__init__(_("Le prix a augmenté. %(told)s. Vérifiez, puis commandez de nouveau.") % {"told": told})


class OfferSoldOut(PlacingRefused):
    """Some offers have not enough left. left: what may still be had, by offer, the household's own part included."""

    def __init__(self, left: Mapping[Offer, int]) -> None:
        self.left = {offer.pk: count for offer, count in left.items()}
        told = " ".join(_what_is_left(offer, count) for offer, count in left.items())
        super().__init__(_("%(told)s Rien n’a été commandé : ajustez votre panier.") % {"told": told})


class OrderChangedMeanwhile(PlacingRefused):
    """The order changed since the page was shown. merged: both together, by offer; version: the order's now."""

    def __init__(self, *, merged: Mapping[int, int], version: int) -> None:
        self.merged, self.version = dict(merged), version
        super().__init__(
            _(
                "Cette commande a changé entre-temps, sur un autre écran. "
                "Nous avons réuni les deux paniers : vérifiez-les, puis commandez."
            )
        )


def _what_is_left(offer: Offer, count: int) -> str:
    if count <= 0:
        return _("%(name)s : épuisé.") % {"name": offer.product.name}
    left = {"name": offer.product.name, "left": offer.product.in_words(count)}
    return _("%(name)s : il n’en reste que %(left)s.") % left


def counts_by_offer(lines: "list[OrderLine]") -> dict[int, int]:
    """How much of each offer the active lines hold."""
    held: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.cancelled_at is None:
            held[line.offer_id] += line.count
    return dict(held)


def check_open(participations: Iterable[Participation], *, names: Mapping[int, str], now: datetime) -> None:
    """Raises SaleClosed naming the producers that no longer (or not yet) take orders."""
    closed = [names[p.pk] for p in participations if not p.is_open(now)]
    if closed:
        raise SaleClosed(_("Les commandes sont closes pour %(names)s.") % {"names": ", ".join(sorted(closed))})


def check_count(offer: Offer, count: int) -> None:
    """Raises CountRefused unless the count is 0, or the minimum and whole steps above it."""
    product = offer.product
    if count == 0:
        return
    if count < 0 or count > COUNT_MAX:
        raise CountRefused(_("%(name)s : cette quantité n’est pas possible.") % {"name": product.name})
    if count < product.minimum or (count - product.minimum) % product.step:
        raise CountRefused(
            _("%(name)s se commande à partir de %(minimum)s, par %(step)s.")
            % {
                "name": product.name,
                "minimum": product.in_words(product.minimum),
                "step": product.in_words(product.step),
            }
        )
