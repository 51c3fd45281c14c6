"""Announcing a harvest: how much there is of a product for a day (or its period, or in all), before or after orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.people.models import User
from producers import harvesting
from producers.enums import StockMode
from producers.facts import STOCK_MAX, ProductRefused
from producers.locks import lock_product, lock_products, lock_rows, move
from producers.models import Product, Stock


class HarvestChangedMeanwhile(ProductRefused):
    """Somebody else announced another figure since the form was shown."""


class HarvestsRefused(ProductRefused):
    """Nothing was announced; `by_product` says why, a sentence for each product that does not hold."""

    def __init__(self, by_product: dict[int, str]) -> None:
        super().__init__(" ".join(by_product.values()))
        self.by_product = by_product


@dataclass(frozen=True, slots=True)
class Figure:
    """What a form says of one product: all there is, and the figure that it showed (None: none yet)."""

    amount: int
    seen: int | None


@dataclass(frozen=True, slots=True)
class Harvest:
    """What came of it: what is left to sell, and what is sold beyond the harvest, in base units."""

    changed: bool
    left: int
    short: int


@transaction.atomic
def announce_harvest(*, product_id: int, day: date, amount: int, seen: int | None, by: User, now: datetime) -> Harvest:
    """Say how much of a product there is for a delivery day, in base units: all of it, what is ordered included.

    seen: the figure that the form showed (None: none yet). Less than is ordered leaves nothing to sell and a shortage,
    which the groups' coordinators settle. The same form twice changes nothing the second time.
    Raises ProductRefused, HarvestChangedMeanwhile.
    """
    product = lock_product(product_id)
    rows = _lock_rows_of({product.pk: product}, day)
    figure = Figure(amount, seen)
    _check(product, rows.get(product.pk), figure)
    return _write([(product, rows[product.pk], amount)], day=day, by=by, now=now)[product.pk]


@transaction.atomic
def announce_harvests(
    *, producer_id: int, day: date, figures: Mapping[int, Figure], by: User, now: datetime
) -> dict[int, Harvest]:
    """The same for several of a farm's products at once, by product: all figures of a day, or none of them.

    Rows are locked by key, products before stocks. The same form twice changes nothing the second time.
    Raises HarvestsRefused, and then changes nothing.
    """
    products = lock_products(list(figures), producer_id=producer_id)
    if set(products) != set(figures):
        raise ProductRefused(_("Un de ces produits n’est pas à votre catalogue. Rechargez la page."))
    rows = _lock_rows_of(products, day)
    refused: dict[int, str] = {}
    for key, product in products.items():
        try:
            _check(product, rows.get(key), figures[key])
        except ProductRefused as refusal:
            refused[key] = str(refusal)
    if refused:
        raise HarvestsRefused(refused)
    wanted = [(product, rows[key], figures[key].amount) for key, product in products.items()]
    return _write(wanted, day=day, by=by, now=now)


def _lock_rows_of(products: Mapping[int, Product], day: date) -> dict[int, Stock]:
    """The stock rows that count on a day, locked, by product; made where a delivery is to have one of its own."""
    found = harvesting.rows_on(list(products.values()), day)
    of_a_day = (StockMode.PER_DELIVERY, StockMode.EVERY_NTH)
    missing = [product for key, product in products.items() if key not in found and product.stock_mode in of_a_day]
    if missing:
        harvesting.make_rows(missing, day)
        found = harvesting.rows_on(list(products.values()), day)
    locked = lock_rows([stock.pk for stock in found.values()])
    return {key: locked[stock.pk] for key, stock in found.items()}


def _check(product: Product, stock: Stock | None, figure: Figure) -> None:
    if not 0 <= figure.amount <= STOCK_MAX:
        raise ProductRefused(_("Dites combien il y en a : zéro ou plus."), field="amount")
    if product.stock_mode == StockMode.UNLIMITED:
        raise ProductRefused(
            _("« %(name)s » est vendu sans limite : changez d’abord son stock.") % {"name": product.name}
        )
    if stock is None:
        raise ProductRefused(_("« %(name)s » n’a pas de stock pour ce jour.") % {"name": product.name})
    if figure.seen is not None and stock.announced not in (figure.seen, figure.amount):
        shown = {"there": product.in_words(stock.announced)}
        raise HarvestChangedMeanwhile(
            _("Ce chiffre a été changé entre-temps : %(there)s. Vérifiez, puis recommencez.") % shown, field="amount"
        )


def _write(
    wanted: list[tuple[Product, Stock, int]], *, day: date | None, by: User, now: datetime
) -> dict[int, Harvest]:
    """Move locked rows to their figures in one statement, note each that moved, tell of shortages that come or go."""
    move({stock.pk: amount - stock.announced for _product, stock, amount in wanted if amount != stock.announced})
    after = Stock.objects.in_bulk([stock.pk for _product, stock, _amount in wanted])
    done: dict[int, Harvest] = {}
    for product, stock, amount in wanted:
        now_there = after[stock.pk]
        changed = amount != stock.announced
        done[product.pk] = Harvest(changed, now_there.remaining, now_there.short)
        if not changed:
            continue
        if now_there.short != stock.short:
            key = f"{stock.pk}:{stock.announced}:{amount}:{now.isoformat()}"
            outbox.record("producers.harvest_corrected", key=key, now=now, stock_id=stock.pk)
        audit.note(
            "producers.harvest_announced", subject=f"stock:{stock.pk}", by=by, now=now,
            scope_id=product.producer.organisation_id, amount=[stock.announced, amount],
            day=day.isoformat() if day else "",
        )  # fmt: skip
    return done


# --- Stock by period ---------------------------------------------------------------------------------------


class PeriodRefused(ProductRefused):
    """The period was not written."""


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included, and all there is in it, in base units."""

    from_on: date
    until_on: date
    amount: int


@transaction.atomic
def add_period(*, product_id: int, period: Period, by: User, now: datetime) -> Stock:
    """Say how much of a product there is from a day to a day; offers of sales that open later take from it.

    The same period again is the one that is there. Raises PeriodRefused when it overlaps another one.
    """
    product = lock_product(product_id)
    _check_period(product, period)
    others = product.stocks.filter(period_from_on__isnull=False)
    same = others.filter(period_from_on=period.from_on, period_until_on=period.until_on, announced=period.amount)
    if found := same.first():
        return found
    _check_overlap(product, period)
    made = Stock.objects.create(
        product=product, period_from_on=period.from_on, period_until_on=period.until_on, announced=period.amount,
        remaining=period.amount,
    )  # fmt: skip
    _note_period("added", product, made, period, by=by, now=now)
    return made


@transaction.atomic
def change_period(*, stock_id: int, period: Period, seen: Period | None, by: User, now: datetime) -> Harvest:
    """Correct a period: its days, for sales that open later, and how much there is, what is ordered included.

    seen: the period that the form showed.
    Less than is ordered is a shortage, as with a harvest. The same form twice changes nothing the second time.
    Raises PeriodRefused, HarvestChangedMeanwhile.
    """
    product = lock_product(Stock.objects.values_list("product_id", flat=True).get(pk=stock_id))
    stock = lock_rows([stock_id])[stock_id]
    there = _period_of(stock)
    if there == period:
        return Harvest(False, stock.remaining, stock.short)
    if there != seen:
        raise HarvestChangedMeanwhile(
            _("Cette période a été changée entre-temps : elle a %(there)s. Vérifiez, puis recommencez.")
            % {"there": product.in_words(stock.announced)},
            field="amount",
        )
    _check_period(product, period)
    _check_overlap(product, period, but=stock.pk)
    Stock.objects.filter(pk=stock.pk).update(period_from_on=period.from_on, period_until_on=period.until_on)
    done = _write([(product, stock, period.amount)], day=None, by=by, now=now)[product.pk]
    _note_period("changed", product, stock, period, by=by, now=now)
    return Harvest(True, done.left, done.short)


@transaction.atomic
def remove_period(*, stock_id: int, by: User, now: datetime) -> bool:
    """Take a period back that no sale has used yet; False when it is gone already. Raises PeriodRefused."""
    known = Stock.objects.filter(pk=stock_id, period_from_on__isnull=False).first()
    if known is None:
        return False
    product = lock_product(known.product_id)
    stock = lock_rows([stock_id]).get(stock_id)
    if stock is None:
        return False
    try:
        stock.delete()
    except ProtectedError:
        raise PeriodRefused(
            _("Une vente prend dans cette période : corrigez ses chiffres plutôt que de l’enlever.")
        ) from None
    _note_period("removed", product, known, _period_of(known), by=by, now=now)
    return True


def _period_of(stock: Stock) -> Period:
    if stock.period_from_on is None or stock.period_until_on is None:
        raise PeriodRefused(_("Ce stock n’est pas celui d’une période."))
    return Period(stock.period_from_on, stock.period_until_on, stock.announced)


def _check_period(product: Product, period: Period) -> None:
    if product.stock_mode != StockMode.BY_PERIOD:
        raise PeriodRefused(
            _("Le stock de « %(name)s » ne se compte pas par période : changez d’abord sa façon de compter.")
            % {"name": product.name}
        )
    if period.until_on < period.from_on:
        raise PeriodRefused(_("La période finit avant de commencer."), field="until_on")
    if not 0 <= period.amount <= STOCK_MAX:
        raise PeriodRefused(_("Dites combien il y en a : zéro ou plus."), field="amount")


def _check_overlap(product: Product, period: Period, *, but: int = 0) -> None:
    """The days of a product's periods never overlap: on each day one row counts."""
    others = product.stocks.filter(period_from_on__lte=period.until_on, period_until_on__gte=period.from_on)
    overlapped = others.exclude(pk=but).order_by("period_from_on").first()
    if overlapped and overlapped.period_from_on and overlapped.period_until_on:
        raise PeriodRefused(
            _("Ces jours sont déjà dans la période du %(from)s au %(until)s.")
            % {"from": words.day(overlapped.period_from_on), "until": words.day(overlapped.period_until_on)},
            field="from_on",
        )


def _note_period(verb: str, product: Product, stock: Stock, period: Period, *, by: User, now: datetime) -> None:
    audit.note(
        f"producers.period_{verb}", subject=f"stock:{stock.pk}", by=by, now=now,
        scope_id=product.producer.organisation_id, amount=period.amount,
        days=[period.from_on.isoformat(), period.until_on.isoformat()],
    )  # fmt: skip
