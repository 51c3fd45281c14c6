"""A price list on its way in: kept as a draft when it is uploaded, previewed, written once it is confirmed."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.models import User
from producers import locks
from producers.enums import StockMode
from producers.facts import STOCK_COLUMNS, Facts, write_facts, write_wish
from producers.models import PriceListDraft, Producer, Product, Stock
from producers.price_lists.comparing import Comparison, Known, ReadRow, catalogue_of, compare
from producers.price_lists.formats import FORMATS
from producers.price_lists.rows import Row, Sheet
from producers.price_lists.translating import translate
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
    """What applying did, in products. errors: rows left out; short: stocks that orders had already passed; skipped:
    rows of other producers."""

    added: int = 0
    changed: int = 0
    same: int = 0
    errors: int = 0
    short: int = 0
    skipped: int = 0


@transaction.atomic
def keep_draft(*, producer_id: int, file_name: str, sheet: Sheet, by: User, now: datetime) -> PriceListDraft:
    """Keep what was read until it is confirmed, for a day; the farm's older drafts are forgotten, but for those that
    are confirmed and wait to be applied."""
    producer = locks.lock_producer(producer_id)
    waiting = Q(confirmed_at__isnull=False, applied_at=None)
    producer.price_list_drafts.filter(uploaded_at__lte=now - DRAFT_LIFE).exclude(waiting).delete()
    return PriceListDraft.objects.create(
        producer=producer,
        uploaded_by=by,
        uploaded_at=now,
        file_name=file_name[:120],
        columns=list(sheet.ignored),
        form=sheet.form,
        headings=dict(sheet.headings),
        rows=[[row.number, row.cells, row.overflow] for row in sheet.rows],
        stocks_seen=_stocks_seen(catalogue_of(producer)),
    )


def preview(draft: PriceListDraft, *, locked: bool = False) -> Comparison:
    """What a draft would do now: two queries, and one for the farm's name where the file is of other software."""
    catalogue = catalogue_of(draft.producer, locked=locked)
    rows = [Row(number, cells, overflow) for number, cells, overflow in draft.rows]
    seen = {reference: StockSeen(*stock) for reference, stock in draft.stocks_seen.items()}
    if not draft.form:
        return compare(rows, catalogue=catalogue, stocks_seen=seen, headings=draft.headings)
    form, farm = FORMATS[draft.form], draft.producer.organisation.name
    ours, others = translate(rows, form=form, catalogue=catalogue, stocks_seen=seen, farm=farm)
    plan = compare(ours, catalogue=catalogue, stocks_seen=seen, headings=form.columns)
    if not others:
        return plan
    names = sorted({name for _number, name in others})
    shown = {"names": ", ".join(names[:5]) + ("…" if len(names) > 5 else ""), "farm": farm, "column": form.producer}
    note = _(
        "Ces lignes ne sont pas de « %(farm)s » mais de : %(names)s. Elles sont laissées de côté. Si c’est vous sous "
        "un autre nom, écrivez « %(farm)s » dans la colonne « %(column)s »."
    )
    return replace(plan, skipped=len(others), notes={note % shown: [number for number, _n in others], **plan.notes})


@transaction.atomic
def refresh_draft(*, draft_id: int, producer_id: int, refusal: str = "") -> None:
    """Look at the stocks anew, for a preview that is shown again after the catalogue changed. refusal: what it says,
    where a list that was confirmed could not be applied and waits for its confirmation again."""
    draft = lock_draft(draft_id, producer_id)
    draft.stocks_seen = _stocks_seen(catalogue_of(draft.producer))
    draft.confirmed_at, draft.refusal = None, refusal
    draft.save(update_fields=["stocks_seen", "confirmed_at", "refusal"])


def check_plan(draft: PriceListDraft, *, digest: str, leave_errors: bool, now: datetime) -> Comparison:
    """What a locked draft does, when that is still what its preview showed. leave_errors: the rows that read well
    although others do not. A list that was confirmed in time is applied however late.

    Raises PriceListRefused, DraftGone, CatalogueChangedMeanwhile.
    """
    if draft.confirmed_at is None and now - draft.uploaded_at >= DRAFT_LIFE:
        raise DraftGone(_("Cet aperçu a plus d’un jour. Renvoyez le fichier."))
    plan = preview(draft, locked=True)
    if plan.digest != digest:
        raise CatalogueChangedMeanwhile(_("Le catalogue a changé depuis cet aperçu. Voici le nouveau : vérifiez-le."))
    if plan.errors and not leave_errors:
        raise PriceListRefused(_("Corrigez d’abord les lignes en erreur, ou choisissez d’importer les lignes justes."))
    return plan


def write_plan(draft: PriceListDraft, plan: Comparison, *, by: User | None, now: datetime) -> Applied:
    """Write what a locked draft does into the catalogue, in the caller's transaction; products that the list does not
    name stay as they are. Raises CatalogueChangedMeanwhile."""
    products = _write_products(draft.producer, [*plan.new, *plan.changed])
    short = _write_stocks(draft, products, [*plan.new, *plan.changed])
    applied = Applied(len(plan.new), len(plan.changed), len(plan.same), plan.error_rows, short, plan.skipped)
    PriceListDraft.objects.filter(pk=draft.pk).update(applied_at=now, outcome=asdict(applied), rows=[], stocks_seen={})
    _note(draft, plan, applied, by=by, now=now)
    return applied


def lock_draft(draft_id: int, producer_id: int) -> PriceListDraft:
    """The farm first, then the draft: one list at a time, and nothing is added to the catalogue meanwhile."""
    producer = locks.lock_producer(producer_id)
    draft = PriceListDraft.objects.select_for_update(no_key=True).filter(pk=draft_id, producer=producer).first()
    if draft is None:
        raise DraftGone(_("Cet aperçu n’est plus là. Renvoyez le fichier."))
    draft.producer = producer
    return draft


def is_held(draft: PriceListDraft) -> bool:
    """A worker is writing this draft right now: its row is locked. No state says so, since a killed one could not take
    it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM producers_pricelistdraft WHERE id = %s FOR SHARE SKIP LOCKED", [draft.pk])
        return cursor.fetchone() is None


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


def _note(draft: PriceListDraft, plan: Comparison, applied: Applied, *, by: User | None, now: datetime) -> None:
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
