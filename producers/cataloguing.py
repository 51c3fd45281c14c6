"""The catalogue: a product is added, changed, put on sale or off, retired, brought back. Orders are never touched."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.core.money import Money
from cagette.people.models import User
from producers.enums import StockMode
from producers.facts import (
    Facts,
    ProductRefused,
    StockWish,
    check_facts,
    check_reference,
    check_stock,
    facts_of,
    suggest_drawing,
    tidy,
    write_facts,
    write_wish,
)
from producers.locks import lock_producer, lock_product
from producers.models import Producer, Product, Stock
from producers.stocking import StockSeen, StockSet, set_stock


class ReferenceTaken(ProductRefused):
    """Another product of the farm has this reference."""


class ProductChangedMeanwhile(ProductRefused):
    """Somebody else changed this product since the form was shown."""


@transaction.atomic
def add_product(
    *, producer_id: int, reference: str, facts: Facts, stock: StockWish, by: User, now: datetime
) -> Product:
    """Add a product to a farm's catalogue, with its stock. Sales that are open already do not offer it.

    The same again (reference and facts) returns the product and changes nothing: a form may be sent twice.
    Raises ProductRefused; ReferenceTaken when the reference is another product's, retired ones too.
    """
    facts = tidy(facts if facts.drawing else replace(facts, drawing=suggest_drawing(facts.name)))
    check_reference(reference)
    check_facts(facts)
    check_stock(stock)
    producer = lock_producer(producer_id)
    if existing := Product.objects.filter(producer=producer, reference=reference).first():
        return _same_again(existing, facts)
    product = Product(producer=producer, reference=reference)
    write_facts(product, facts)
    write_wish(product, stock)
    product.save()
    if stock.mode == StockMode.TOTAL:
        Stock.objects.create(product=product, announced=stock.left or 0, remaining=stock.left or 0)
    _note("added", product, by=by, now=now, price=facts.unit_price.cents)
    return product


def _same_again(existing: Product, facts: Facts) -> Product:
    if existing.retired_at is None and facts_of(existing) == facts:
        return existing
    raise ReferenceTaken(
        _("La référence %(reference)s est déjà celle de « %(name)s ».")
        % {"reference": existing.reference, "name": existing.name},
        field="reference",
    )


@transaction.atomic
def change_product(*, product_id: int, facts: Facts, seen: str, by: User, now: datetime) -> bool:
    """Write what a producer now says of a product; False when nothing changes.

    seen: the fingerprint of the facts that the form showed. A new price holds from the next opening on; lines and
    offers that exist keep theirs. Raises ProductRefused, ProductChangedMeanwhile.
    """
    facts = tidy(facts)
    product = lock_product(product_id)
    before = facts_of(product)
    if before == facts:
        return False
    if before.fingerprint != seen:
        raise ProductChangedMeanwhile(_("Ce produit a été changé entre-temps. Rechargez la page, puis recommencez."))
    _check_in_catalogue(product)
    check_facts(facts, before=before)
    write_facts(product, facts)
    product.save()
    _note("changed", product, by=by, now=now, **_differences(before, facts))
    return True


@transaction.atomic
def change_price_and_stock(
    *,
    product_id: int,
    price: Money,
    price_seen: Money,
    wish: StockWish | None,
    seen: StockSeen | None,
    by: User,
    now: datetime,
) -> StockSet:
    """The quick form of the catalogue: the two things that change each week, both or neither.

    wish: None leaves the stock as it is (it is counted by day or by period).
    Says what came of the stock; `changed` also when only the price did. The same form twice changes nothing the
    second time. Raises ProductRefused, ProductChangedMeanwhile, StockChangedMeanwhile.
    """
    product = lock_product(product_id)
    before = facts_of(product)
    facts = replace(before, unit_price=price)
    new_price = price not in (price_seen, before.unit_price)
    if new_price and before.unit_price != price_seen:
        raise ProductChangedMeanwhile(
            _("Le prix a été changé entre-temps : il est de %(price)s. Vérifiez, puis recommencez.")
            % {"price": before.unit_price},
            field="unit_price",
        )
    if new_price:
        change_product(product_id=product_id, facts=facts, seen=before.fingerprint, by=by, now=now)
    _check_in_catalogue(product)
    outcome = StockSet(changed=False)
    if wish is not None:
        outcome = set_stock(product_id=product_id, wish=wish, seen=seen, by=by, now=now)
    return StockSet(
        changed=new_price or outcome.changed, left=outcome.left, meanwhile=outcome.meanwhile, short=outcome.short
    )


@transaction.atomic
def set_active(*, product_id: int, active: bool, by: User, now: datetime) -> bool:
    """Put a product on sale or off, from the next opening on; False when it already was so."""
    product = lock_product(product_id)
    if product.retired_at is not None or product.is_active == active:
        return False
    Product.objects.filter(pk=product.pk).update(is_active=active)
    _note("activated" if active else "deactivated", product, by=by, now=now)
    return True


@transaction.atomic
def retire(*, product_id: int, by: User, now: datetime) -> bool:
    """Take a product out of the catalogue; old documents still name it. False when it was out already."""
    if not Product.objects.filter(pk=product_id, retired_at=None).update(retired_at=now):
        return False
    _note("retired", lock_product(product_id), by=by, now=now)
    return True


@transaction.atomic
def bring_back(*, product_id: int, by: User, now: datetime) -> bool:
    """Undo a retirement, as if it had not been; False when the product was in the catalogue."""
    if not Product.objects.filter(pk=product_id, retired_at__isnull=False).update(retired_at=None):
        return False
    _note("brought_back", lock_product(product_id), by=by, now=now)
    return True


def _check_in_catalogue(product: Product) -> None:
    if product.retired_at is not None:
        raise ProductRefused(_("« %(name)s » est retiré du catalogue. Remettez-le d’abord.") % {"name": product.name})


def next_reference(producer: Producer) -> str:
    """A reference that is free now: the highest number in use, plus one. The form proposes it."""
    taken = producer.products.filter(reference__regex=r"^[0-9]{1,6}$").values_list("reference", flat=True)
    return str(max((int(reference) for reference in taken), default=100) + 1)


def _differences(before: Facts, after: Facts) -> dict[str, object]:
    """What changed, old and new, as the audit trail keeps it."""
    changed = [name for name in Facts.__dataclass_fields__ if getattr(before, name) != getattr(after, name)]
    return {name: [_plain(getattr(before, name)), _plain(getattr(after, name))] for name in changed}


def _plain(value: object) -> object:
    return value.cents if isinstance(value, Money) else value


def _note(verb: str, product: Product, *, by: User, now: datetime, **detail: object) -> None:
    scope_id = product.producer.organisation_id
    audit.note(
        f"producers.product_{verb}", subject=f"product:{product.pk}", by=by, now=now, scope_id=scope_id, **detail
    )
