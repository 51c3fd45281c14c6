"""A price list on its way in: kept as a draft when it is uploaded, applied once when it is confirmed."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.models import User
from producers import locks
from producers.enums import StockMode
from producers.facts import STOCK_COLUMNS, Facts, write_facts, write_wish
from producers.models import PriceListDraft, Producer, Product, Stock
from producers.price_lists.comparing import Comparison, Known, ReadRow, catalogue_of, compare
from producers.price_lists.reading import Row, Sheet
from producers.stocking import StockChangedMeanwhile, StockSeen, move_to

DRAFT_LIFE = timedelta(hours=24)


class PriceListRefused(Exception):
    """The price list was not applied, and nothing changed. The message is fit for the producer to read."""


class DraftGone(PriceListRefused):
    """The draft has been waiting for more than a day."""


class CatalogueChangedMeanwhile(PriceListRefused):
    """What the list would do is no more what the preview showed."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying did, in products. errors: rows left out; short: stocks that orders had already passed."""

    added: int = 0
    changed: int = 0
    same: int = 0
    errors: int = 0
    short: int = 0


@transaction.atomic
def keep_draft(*, producer_id: int, file_name: str, sheet: Sheet, by: User, now: datetime) -> PriceListDraft:
    """Keep what was read until it is confirmed, for a day; the farm's older drafts are forgotten."""
    producer = locks.lock_producer(producer_id)
    producer.price_list_drafts.filter(uploaded_at__lte=now - DRAFT_LIFE).delete()
    return PriceListDraft.objects.create(
        producer=producer,
        uploaded_by=by,
        uploaded_at=now,
        file_name=file_name[:120],
        columns=list(sheet.ignored),
        rows=[[row.number, row.cells, row.overflow] for row in sheet.rows],
        stocks_seen=_stocks_seen(catalogue_of(producer)),
    )


def preview(draft: PriceListDraft, *, locked: bool = False) -> Comparison:
    """What a draft would do now: two queries."""
    return compare(
        [Row(number, cells, overflow) for number, cells, overflow in draft.rows],
        catalogue=catalogue_of(draft.producer, locked=locked),
        stocks_seen={reference: StockSeen(*seen) for reference, seen in draft.stocks_seen.items()},
    )


@transaction.atomic
def refresh_draft(*, draft_id: int, producer_id: int) -> None:
    """Look at the stocks anew, for a preview that is shown again after the catalogue changed."""
    draft = _lock_draft(draft_id, producer_id)
    draft.stocks_seen = _stocks_seen(catalogue_of(draft.producer))
    draft.save(update_fields=["stocks_seen"])


@transaction.atomic
def apply_draft(
    *, draft_id: int, producer_id: int, digest: str, leave_errors: bool, by: User, now: datetime
) -> Applied:
    """Write a draft into the catalogue, as its preview showed it: ten queries at most, however many rows.

    digest: the preview's. leave_errors: apply the rows that read well although others do not. Twice: the second time
    changes nothing and says what the first did. Products that the list does not name stay as they are.
    Raises PriceListRefused, DraftGone, CatalogueChangedMeanwhile.
    """
    draft = _lock_draft(draft_id, producer_id)
    if draft.applied_at is not None:
        return Applied(**draft.outcome)
    if now - draft.uploaded_at >= DRAFT_LIFE:
        raise DraftGone(_("Cet aperçu a plus d’un jour. Renvoyez le fichier."))
    plan = preview(draft, locked=True)
    if plan.digest != digest:
        raise CatalogueChangedMeanwhile(_("Le catalogue a changé depuis cet aperçu. Voici le nouveau : vérifiez-le."))
    if plan.errors and not leave_errors:
        raise PriceListRefused(_("Corrigez d’abord les lignes en erreur, ou choisissez d’importer les lignes justes."))
    products = _write_products(draft.producer, [*plan.new, *plan.changed])
    short = _write_stocks(draft, products, [*plan.new, *plan.changed])
    applied = Applied(len(plan.new), len(plan.changed), len(plan.same), plan.error_rows, short)
    PriceListDraft.objects.filter(pk=draft.pk).update(applied_at=now, outcome=asdict(applied), rows=[], stocks_seen={})
    _note(draft, plan, applied, by=by, now=now)
    return applied


def _lock_draft(draft_id: int, producer_id: int) -> PriceListDraft:
    """The farm first, then the draft: one list at a time, and nothing is added to the catalogue meanwhile."""
    producer = locks.lock_producer(producer_id)
    draft = PriceListDraft.objects.select_for_update(no_key=True).filter(pk=draft_id, producer=producer).first()
    if draft is None:
        raise DraftGone(_("Cet aperçu n’est plus là. Renvoyez le fichier."))
    draft.producer = producer
    return draft


def _stocks_seen(catalogue: dict[str, Known]) -> dict[str, list[int]]:
    return {ref: [k.stock.announced, k.stock.remaining] for ref, k in catalogue.items() if k.stock}


def _write_products(producer: Producer, rows: list[ReadRow]) -> dict[str, Product]:
    """Insert or update all products in one statement; them by reference."""
    products = []
    for row in rows:
        product = row.known.product if row.known else Product(producer=producer, reference=row.reference)
        write_facts(product, row.facts)
        if row.wish:
            write_wish(product, row.wish)
        product.pk = None  # whether it is there already is the database's to say
        products.append(product)
    names = [*Facts.__dataclass_fields__, "tint", *STOCK_COLUMNS]
    Product.objects.bulk_create(
        products, update_conflicts=True, unique_fields=["producer", "reference"], update_fields=names
    )
    return {product.reference: product for product in products}


def _write_stocks(draft: PriceListDraft, products: dict[str, Product], rows: list[ReadRow]) -> int:
    """Make the totals that are missing and move the others by their difference; how many orders have passed."""
    made: list[Stock] = []
    moves: dict[int, int] = {}
    short = 0
    for row in rows:
        if row.wish is None or row.wish.mode != StockMode.TOTAL:
            continue
        left = row.wish.left or 0
        stock = row.known.stock if row.known else None
        if stock is None:
            made.append(Stock(product=products[row.reference], announced=left, remaining=left))
            continue
        seen = draft.stocks_seen.get(row.reference)
        try:
            moves[stock.pk] = move_to(left, stock=stock, seen=StockSeen(*seen) if seen else None, unit=row.facts.unit)
        except StockChangedMeanwhile as changed:
            raise CatalogueChangedMeanwhile(f"{row.facts.name} : {changed}") from None
        short += bool(seen) and seen[1] - stock.remaining > left
    Stock.objects.bulk_create(made)
    locks.move({key: amount for key, amount in moves.items() if amount})
    return short


def _note(draft: PriceListDraft, plan: Comparison, applied: Applied, *, by: User, now: datetime) -> None:
    moved = {
        row.reference: [row.known.facts.unit_price.cents, row.facts.unit_price.cents]
        for row in plan.changed
        if row.known and row.known.facts.unit_price != row.facts.unit_price
    }
    audit.note(
        "producers.price_list_applied",
        subject=f"price_list:{draft.pk}",
        by=by,
        now=now,
        scope_id=draft.producer.organisation_id,
        counts=asdict(applied),
        prices=moved,
        added=[row.reference for row in plan.new],
    )
