"""A coordinator adds, corrects or cancels for a household, also after the close, with a reason."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.people.models import Household, User
from orders.baskets import changing, rules, writing
from orders.baskets.changing import Changes
from orders.baskets.enums import CancelReason, Collection
from orders.baskets.locks import lock_household, order_of
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles.enums import SaleState
from orders.cycles.models import Offer, Participation, Pickup

REASON_MAX = 200


class ReasonMissing(rules.PlacingRefused):
    """A correction is written with its reason: the household reads it."""


@transaction.atomic(durable=True)
def correct_order(
    *, pickup_id: int, household_id: int, counts: Mapping[int, int], version: int, reason: str, by: User, now: datetime
) -> Order:
    """Write what a household has at a pickup, before or after the close; all counts 0 cancel it.

    counts: by offer, in base units; offers that are not named keep their lines. A line that is added takes the offer's
    price of now. version: the order's when the form was shown (0: there was none). The household is told once; lists of
    farms that have closed get a new version (ruling 18). The same form twice: the second is refused, as a stale one.
    Raises a rules.PlacingRefused (ReasonMissing, NotAMember, OfferUnknown, CountRefused, SaleClosed, NothingWanted,
    OrderChangedMeanwhile, OfferSoldOut, PickupFull), and then changes nothing.
    """
    why = _reason(reason)
    pickup = Pickup.objects.select_related("cycle", "point").get(pk=pickup_id)
    offers = _offers(pickup, counts)
    _lock(pickup, household_id)
    held = cycle_locks.share_participations({offer.participation_id for offer in offers.values()})
    _check_sold(held)
    order, lines = order_of(household_id, pickup_id)
    _check_current(order, lines, version)
    wanted = changing.keep_wishes(counts, lines)
    changes = changing.plan_changes(
        lines, wanted=wanted, offers=offers, vat=writing.vat_of(pickup, offers), now=now,
        reason=CancelReason.COORDINATOR,
    )  # fmt: skip
    if not changes:
        raise rules.NothingWanted(_("Rien n’a changé dans cette commande."))
    told = _told(changes, offers, counts)
    writing.take_stock(offers, changes)
    order = writing.write_order(pickup, household_id, order, lines, changes, now)
    _note_lists(order, changes, offers, held, now)
    _tell(order, told, why, by=by, group_id=pickup.cycle.organisation_id, now=now)
    return order


def _reason(reason: str) -> str:
    why = " ".join(reason.split())
    if not why:
        raise ReasonMissing(_("Dites pourquoi : le foyer le lira."))
    if len(why) > REASON_MAX:
        raise ReasonMissing(_("C’est trop long : 200 caractères au plus."))
    return why


def _offers(pickup: Pickup, counts: Mapping[int, int]) -> dict[int, Offer]:
    rows = Offer.objects.filter(participation__cycle_id=pickup.cycle_id, pk__in=counts)
    offers = {o.pk: o for o in rows.select_related("product", "participation__producer__organisation")}
    if len(offers) < len(counts):
        raise rules.OfferUnknown(_("Un de ces produits n’est pas dans cette vente. Rechargez la page."))
    for offer in offers.values():
        rules.check_count(offer, counts[offer.pk])
    return offers


def _lock(pickup: Pickup, household_id: int) -> None:
    """Hold the household: a member, or one that has ordered here and has left since."""
    if lock_household(household_id, group_id=pickup.cycle.organisation_id):
        return
    rows = Household.objects.select_for_update(no_key=True).filter(pk=household_id, orders__pickup=pickup.pk)
    if not rows.exists():
        raise rules.NotAMember(_("Ce foyer n’est pas membre du groupe."))


def _check_sold(held: list[Participation]) -> None:
    if any(part.state not in (SaleState.OPEN, SaleState.CLOSED) for part in held):
        raise rules.SaleClosed(_("Une de ces fermes ne vient pas à cette vente : on ne peut rien y commander."))


def _check_current(order: Order | None, lines: list[OrderLine], version: int) -> None:
    current = order.version if order else 0
    if current != version:
        raise rules.OrderChangedMeanwhile(merged=rules.counts_by_offer(lines), version=current)
    if order and order.collection == Collection.COLLECTED:
        raise rules.SaleClosed(_("Ce panier est déjà remis : il ne change plus."))


def _told(changes: Changes, offers: Mapping[int, Offer], counts: Mapping[int, int]) -> list[list[str]]:
    """The name of each product, how much there was, how much there is; empty for none."""
    told = []
    for offer_id in changes.taken:
        product, before = offers[offer_id].product, changes.before.get(offer_id, 0)
        now = counts[offer_id]
        told.append([product.name, product.in_words(before) if before else "", product.in_words(now) if now else ""])
    return told


def _note_lists(
    order: Order, changes: Changes, offers: Mapping[int, Offer], held: list[Participation], now: datetime
) -> None:
    """Freeze what was written into farms that have closed, and record that their lists are no more true."""
    closed = {part.pk for part in held if part.state == SaleState.CLOSED}
    changed = {offers[offer_id].participation_id for offer_id in changes.taken} & closed
    if not changed:
        return
    OrderLine.objects.filter(order=order, offer__participation__in=changed, frozen_at=None).update(frozen_at=now)
    for participation_id in sorted(changed):
        outbox.record(
            "baskets.lines_changed_after_close", key=f"order:{order.pk}:{order.version}:{participation_id}", now=now,
            participation_id=participation_id,
        )  # fmt: skip


def _tell(order: Order, told: list[list[str]], why: str, *, by: User, group_id: int, now: datetime) -> None:
    outbox.record(
        "baskets.order_cut", key=f"{order.pk}:{order.version}", now=now, order_id=order.pk, version=order.version,
        reason=str(CancelReason.COORDINATOR), why=why, lines=told,
    )  # fmt: skip
    audit.note(
        "baskets.order_corrected", subject=f"order:{order.pk}", by=by, now=now, scope_id=group_id, why=why, lines=told
    )
