"""Less was harvested than was ordered: the software proposes whom to shorten, the coordinator decides (ruling 14)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import outbox
from cagette.core.money import Money, share
from cagette.people.models import User
from orders.baskets.cutting import Cut, apply_cuts
from orders.baskets.enums import CancelReason
from orders.baskets.models import OrderLine, Shortage
from orders.cycles.enums import Rationing, SaleState
from orders.cycles.locks import hold_participations
from producers.models import Stock


class ShorteningRefused(Exception):
    """Nobody was shortened. The message is fit for the coordinator to read."""


def note_shortage(*, now: datetime, stock_id: int) -> None:
    """Write each sale's part of what is short of a stock, in proportion to what it sold (largest remainder); a stock
    that several groups share is short for all of them. Handles the news of a corrected harvest; twice changes nothing.
    """
    stock = Stock.objects.select_for_update(no_key=True).get(pk=stock_id)
    sold: dict[int, int] = defaultdict(int)
    for line in _lines(stock):
        sold[line.offer.participation_id] += line.count
    # counts are split as amounts are: `share` knows no unit
    parts = share(Money(stock.short), sold) if stock.short else {}
    Shortage.objects.filter(stock=stock, settled_at=None).exclude(participation__in=parts).delete()
    for participation_id, part in parts.items():
        if part:
            Shortage.objects.update_or_create(
                stock=stock, participation_id=participation_id, settled_at=None,
                defaults={"missing": part.cents}, create_defaults={"missing": part.cents, "written_at": now},
            )  # fmt: skip


def _lines(stock: Stock, participation_id: int | None = None) -> list[OrderLine]:
    lines = OrderLine.objects.active().filter(offer__stock=stock).select_related("offer__product", "order__household")
    if participation_id is not None:
        lines = lines.filter(offer__participation_id=participation_id)
    return list(lines.order_by("placed_at", "pk"))


def missing_of(shortage: Shortage) -> int:
    """How much is still to be taken back in this sale: its part, or less where lines went meanwhile."""
    return min(shortage.missing, shortage.stock.short)


def propose(shortage: Shortage, *, rationing: str) -> list[Cut]:
    """Every line of a short stock in this sale with the count that is proposed for it, first placed first.

    Last come: the last placing or raise is shortened first. Pro rata: each in proportion to what it ordered, by the
    largest remainder.
    """
    lines = _lines(shortage.stock, shortage.participation_id)
    missing = min(missing_of(shortage), sum(line.count for line in lines))
    if rationing == Rationing.PRO_RATA and missing:
        parts = share(Money(missing), {line.pk: line.count for line in lines})
        return [Cut(line, line.count - parts[line.pk].cents) for line in lines]
    counts = {}
    for line in reversed(lines):
        taken = min(line.count, missing)
        counts[line.pk], missing = line.count - taken, missing - taken
    return [Cut(line, counts[line.pk]) for line in lines]


@transaction.atomic(durable=True)
def settle_shortage(
    *, shortage_id: int, counts: Mapping[int, int], seen: Mapping[int, int], rationing: str, by: User, now: datetime
) -> bool:
    """Shorten lines as the coordinator decided, and tell each household once. False when it was settled already.

    counts: by line, what it comes to; seen: by line, what the page showed. Together they take back exactly what is
    missing. A sale that has closed gets a new version of its list. Raises ShorteningRefused, and then changes nothing.
    """
    shortage = Shortage.objects.select_related("participation__cycle").get(pk=shortage_id)
    held = hold_participations([shortage.participation_id])[shortage.participation_id]
    # the participation holds up another settling; the shortage's row is not locked, since its news locks stocks first
    fresh = Shortage.objects.select_related("stock__product").get(pk=shortage_id)
    if fresh.settled_at is not None:
        return False
    cuts = _cuts(fresh, counts, seen)
    group_id = shortage.participation.cycle.organisation_id
    changed = apply_cuts(cuts, reason=CancelReason.SHORTAGE, now=now, group_id=group_id, by=by)
    Shortage.objects.filter(pk=fresh.pk).update(settled_at=now, settled_by=by, rationing=rationing)
    if changed and held.state == SaleState.CLOSED:
        outbox.record(
            "baskets.lines_changed_after_close", key=f"shortage:{fresh.pk}", now=now,
            participation_id=shortage.participation_id,
        )  # fmt: skip
    return True


def _cuts(shortage: Shortage, counts: Mapping[int, int], seen: Mapping[int, int]) -> list[Cut]:
    lines = _lines(shortage.stock, shortage.participation_id)
    if {line.pk: line.count for line in lines} != dict(seen):
        raise ShorteningRefused(_("Des commandes ont changé entre-temps. Voici la nouvelle proposition : vérifiez-la."))
    cuts = [Cut(line, counts.get(line.pk, line.count)) for line in lines]
    if any(not 0 <= cut.count <= cut.line.count for cut in cuts):
        raise ShorteningRefused(_("Une ligne ne peut que baisser, jusqu’à rien."))
    taken = sum(cut.line.count - cut.count for cut in cuts)
    missing = min(missing_of(shortage), sum(line.count for line in lines))
    if taken != missing:
        product = shortage.stock.product
        shown = {"missing": product.in_words(missing), "taken": product.in_words(taken)}
        raise ShorteningRefused(_("Il manque %(missing)s, et vous en retirez %(taken)s.") % shown)
    return cuts
