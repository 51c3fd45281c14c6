"""How a product's stock is counted, and the total that falls with orders: set without losing anybody's order."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.core.quantities import Quantity, Unit
from cagette.people.models import User
from producers.enums import StockMode
from producers.facts import STOCK_COLUMNS, ProductRefused, StockWish, check_stock, wish_of, write_wish
from producers.locks import lock_product, lock_total, move
from producers.models import Product, Stock


class StockChangedMeanwhile(ProductRefused):
    """Somebody else set this stock since the form was shown."""


@dataclass(frozen=True, slots=True)
class StockSeen:
    """What a form showed: all that was announced (people move it) and what was left (orders move it too)."""

    announced: int
    remaining: int


@dataclass(frozen=True, slots=True)
class StockSet:
    """What came of it. meanwhile: taken by orders since the form was shown; short: how much of that is not there."""

    changed: bool
    left: int | None = None
    meanwhile: int = 0
    short: int = 0


@transaction.atomic
def set_stock(
    *,
    product_id: int,
    wish: StockWish,
    seen: StockSeen | None,
    by: User,
    now: datetime,
    wish_seen: StockWish | None = None,
) -> StockSet:
    """Say how a product's stock is counted, with its figures in base units.

    seen: the total that the form showed (None: there was none). What orders took since then stays taken: what is left
    and what was announced move by the same difference, down to nothing left at most. wish_seen: the mode and figures
    that the form showed, where it showed them. Offers follow a change of mode from the next opening on; days that have
    their figure keep it. The same form twice changes nothing the second time.
    Raises ProductRefused; StockChangedMeanwhile when somebody else set the stock since.
    """
    check_stock(wish)
    product = lock_product(product_id)
    before = wish_of(product, None)
    switched = _columns(before) != _columns(wish)
    if switched and wish_seen is not None and _columns(wish_seen) != _columns(before):
        raise StockChangedMeanwhile(
            _("La façon de compter ce stock a été changée entre-temps. Rechargez la page, puis recommencez.")
        )
    outcome = _set_total(product, wish.left, seen) if wish.mode == StockMode.TOTAL else StockSet(changed=False)
    if switched:
        write_wish(product, wish)
        product.save(update_fields=STOCK_COLUMNS)
    if not switched and not outcome.changed:
        return outcome
    audit.note(
        "producers.stock_set",
        subject=f"product:{product.pk}",
        by=by,
        now=now,
        scope_id=product.producer.organisation_id,
        mode=[before.mode, wish.mode],
        figures=[_told(before), _told(wish)],
        left=[seen.remaining if seen else None, outcome.left],
    )
    return StockSet(changed=True, left=outcome.left, meanwhile=outcome.meanwhile, short=outcome.short)


def _columns(wish: StockWish) -> StockWish:
    """What of a wish stands in the product's own row: all but the total, which falls."""
    return replace(wish, left=None)


def _told(wish: StockWish) -> list[object]:
    return [wish.each, wish.every, wish.from_on.isoformat() if wish.from_on else None]


def _set_total(product: Product, left: int | None, seen: StockSeen | None) -> StockSet:
    wanted = left or 0
    stock = lock_total(product.pk)
    if stock is None:
        Stock.objects.create(product=product, announced=wanted, remaining=wanted)
        return StockSet(changed=True, left=wanted)
    difference = move_to(wanted, stock=stock, seen=seen, unit=product.unit)
    meanwhile = max(0, seen.remaining - stock.remaining) if seen else 0
    if difference == 0:
        return StockSet(changed=False, left=stock.remaining)
    move({stock.pk: difference})
    left_now = stock.remaining + difference
    return StockSet(changed=True, left=left_now, meanwhile=meanwhile, short=max(0, meanwhile - wanted))


def move_to(wanted: int, *, stock: Stock, seen: StockSeen | None, unit: str) -> int:
    """By how much a locked stock row moves when its form asks for `wanted` left; 0 when the same form was here before.

    Raises StockChangedMeanwhile.
    """
    if seen is None:
        seen = StockSeen(announced=stock.announced, remaining=stock.remaining) if stock.remaining == wanted else None
    asked = wanted - seen.remaining if seen else 0
    if seen and (asked == 0 or stock.announced == seen.announced):
        return max(asked, -stock.remaining)
    if stock.remaining == wanted or (seen and stock.announced - seen.announced == asked):
        return 0  # the same form again, or another person who meant the same
    shown = {"left": Quantity(stock.remaining, Unit(unit))}
    raise StockChangedMeanwhile(
        _("Ce stock a été changé entre-temps : il reste %(left)s. Vérifiez, puis recommencez.") % shown, field="left"
    )
