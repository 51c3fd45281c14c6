"""What an order must respect, and the refusals, each fit for the household to read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import COUNT_MAX
from cagette.core.words import listed
from orders.baskets.models import OrderLine
from orders.baskets.wishes import COLLECTOR_MAX, NOTE_MAX, Wish
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


class RateMissing(PlacingRefused):
    """The table of VAT has no rate for a product there and then: nobody can say what of its price is tax."""


class PickupFull(PlacingRefused):
    """The pickup holds as many baskets as it can."""


class SlotRefused(PlacingRefused):
    """The pickup has slots and none was chosen, or one that it does not have."""


class SlotFull(SlotRefused):
    """The slot holds as many baskets as it can. free: the others that have a place, by key."""

    def __init__(self, full: str, free: Mapping[int, str]) -> None:
        self.free = dict(free)
        told = _("Le créneau %(full)s est complet. ") % {"full": full}
        if free:
            told += _("Il reste de la place : %(free)s. Choisissez-en un, puis commandez.") % {
                "free": listed(list(free.values()))
            }
        else:
            told += _("Il ne reste de place dans aucun autre : choisissez un autre point de retrait.")
        super().__init__(told)


class WishRefused(PlacingRefused):
    """A tolerance, a note or a name that cannot be: the wrong product, too much, too long, not taken here."""


class BelowMinimum(PlacingRefused):
    """The order comes to less than the sale's minimum. missing: by how much."""

    def __init__(self, *, minimum: Money, missing: Money) -> None:
        self.minimum, self.missing = minimum, missing
        super().__init__(
            _("Une commande est de %(minimum)s au moins : il manque %(missing)s.")
            % {"minimum": minimum, "missing": missing}
        )


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
    """The order changed since the page was shown. merged: both together, by offer; wishes: what was said of each;
    version: the order's now."""

    def __init__(self, *, merged: Mapping[int, int], version: int, wishes: Mapping[int, Wish] | None = None) -> None:
        self.merged, self.wishes, self.version = dict(merged), dict(wishes or {}), version
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


def caught_up(wished: Mapping[int, int], lines: "Iterable[OrderLine]", *, since: datetime) -> dict[int, int]:
    """What a basket holds once its order changed under it, by offer: what the order has now, and with it what was only
    wished for, so that nothing chosen on another phone is lost in silence.

    wished: what the basket held. lines: all of the order's, ended ones too. since: when the basket was last changed: a
    line that ended later (a case, a shortage) does not come back by itself.
    """
    mine = list(lines)
    counts = counts_by_offer(mine)
    ended = {line.offer_id for line in mine if line.cancelled_at is not None and line.cancelled_at > since}
    for offer_id, count in wished.items():
        if count and offer_id not in counts and offer_id not in ended:
            counts[offer_id] = count
    return counts


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


def check_most(offer: Offer, count: int, wish: Wish, *, elsewhere: int = 0) -> None:
    """Raises CountRefused when a household would have more of a case than its maximum, its tolerance included.

    elsewhere: what it has ordered of the offer at other pickups of the sale.
    """
    product = offer.product
    if not product.maximum or count + wish.tolerance + elsewhere <= product.maximum:
        return
    shown = {"name": product.name, "most": product.in_words(product.maximum)}
    if wish.tolerance and count + elsewhere <= product.maximum:
        raise CountRefused(
            _("%(name)s : %(most)s au plus par foyer, avec ce que vous prendriez de plus pour finir un colis.") % shown
        )
    raise CountRefused(_("%(name)s : %(most)s au plus par foyer.") % shown)


def check_wish(offer: Offer, wish: Wish, *, held: Wish, allows_notes: bool) -> None:
    """Raises WishRefused for a tolerance outside a case or off the step, and for a note that is too long or not taken.

    What was said before may stay: rules of a product and of a sale may have changed since.
    """
    product = offer.product
    if wish.tolerance and wish.tolerance != held.tolerance:
        if not product.case_size:
            raise WishRefused(
                _("%(name)s ne se vend pas par colis partagé : il n’y a rien à compléter.") % {"name": product.name}
            )
        if wish.tolerance < 0 or wish.tolerance > COUNT_MAX or wish.tolerance % product.step:
            raise WishRefused(
                _("%(name)s : ce que vous prendriez de plus se compte par %(step)s.")
                % {"name": product.name, "step": product.in_words(product.step)}
            )
    if wish.note and wish.note != held.note:
        if not allows_notes:
            raise WishRefused(_("Ce groupe ne prend pas de remarque : écrivez-lui plutôt."))
        if len(wish.note) > NOTE_MAX:
            raise WishRefused(
                _("%(name)s : la remarque est trop longue, %(most)s lettres au plus.")
                % {"name": product.name, "most": NOTE_MAX}
            )


def check_collector(name: str) -> None:
    """Raises WishRefused for a name that is too long."""
    if len(name) > COLLECTOR_MAX:
        raise WishRefused(
            _("Le nom de qui vient chercher est trop long : %(most)s lettres au plus.") % {"most": COLLECTOR_MAX}
        )


def check_minimum(minimum: Money, *, before: Money, after: Money) -> None:
    """Raises BelowMinimum; met exactly is met. An order that others brought below it may stay there or rise."""
    kept_low = before and before < minimum and after >= before
    if after < minimum and not kept_low:
        raise BelowMinimum(minimum=minimum, missing=minimum - after)
