"""A price list is compared, previewed and applied once; rows in error say why."""

from datetime import timedelta

import pytest

from cagette.core import integrity
from cagette.core.models import AuditEntry
from cagette.core.money import Money
from orders.baskets import placing
from orders.baskets.models import OrderLine
from producers import cataloguing
from producers.models import PriceListDraft, Product, Stock
from producers.price_lists import applying, confirming
from producers.price_lists.applying import Applied
from producers.price_lists.comparing import Difference
from tests.factories import (
    NOW,
    OfferFactory,
    PickupFactory,
    ProducerFactory,
    ProductFactory,
    UserFactory,
    a_member,
    an_order,
    fresh,
)
from tests.producers.files import a_csv, a_draft, applied

pytestmark = pytest.mark.django_db

CHARD = "101;Blettes à cardes;Légumes;à la pièce;botte;bottes;600 g;2,80;1;1;30"
CARROTS = "104;Carottes, fanes;Légumes;au poids;;;;3,40;250 g;500 g;sans limite"
CHARD_CSV = a_csv(CHARD)


def test_new_rows_become_products_with_their_stock():
    producer = ProducerFactory()
    draft = a_draft(producer, a_csv(CHARD, CARROTS))

    assert applied(draft) == Applied(added=2)

    chard, carrots = Product.objects.order_by("reference")
    assert (chard.name, chard.unit, chard.piece_name, chard.pieces_name) == (
        "Blettes à cardes",
        "piece",
        "botte",
        "bottes",
    )
    assert (chard.content, chard.content_unit, chard.unit_price) == (600, "gram", Money(280))
    assert (chard.stock_mode, chard.drawing, chard.tint) == ("total", "blette", "green")
    assert (carrots.unit, carrots.priced_in, carrots.step, carrots.minimum) == ("gram", "gram", 250, 500)
    assert carrots.stock_mode == "unlimited"
    assert list(Stock.objects.values_list("product_id", "announced", "remaining")) == [(chard.pk, 30, 30)]


def test_nothing_changes_before_the_confirmation():
    a_draft(ProducerFactory(), CHARD_CSV)

    assert not Product.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_preview_says_what_changes_from_what_to_what():
    producer = ProducerFactory()
    applied(a_draft(producer, a_csv(CHARD, CARROTS)))
    ProductFactory(producer=producer, reference="999")

    plan = applying.preview(a_draft(producer, a_csv(CHARD, CARROTS.replace("3,40", "3,60"), "107" + CHARD[3:])))

    assert [row.reference for row in plan.new] == ["107"]
    assert [row.reference for row in plan.same] == ["101"]
    assert plan.changed[0].differences == (Difference("prix", "3,40\u00a0€", "3,60\u00a0€"),)
    assert plan.absent == 1
    assert plan.errors == []


def test_the_same_file_again_changes_nothing():
    producer = ProducerFactory()
    applied(a_draft(producer, a_csv(CHARD, CARROTS)))
    keys = set(Product.objects.values_list("pk", flat=True))

    assert applied(a_draft(producer, a_csv(CHARD, CARROTS))) == Applied(same=2)

    assert set(Product.objects.values_list("pk", flat=True)) == keys


def test_a_confirmation_sent_twice_applies_once():
    draft = a_draft(ProducerFactory(), CHARD_CSV)
    digest = applying.preview(draft).digest

    first, second = applied(draft, digest=digest), applied(draft, digest=digest)

    assert first == second == Applied(added=1)
    assert Product.objects.count() == 1
    assert AuditEntry.objects.count() == 1
    assert fresh(draft).rows == []


def test_a_changed_product_keeps_its_row_its_orders_and_what_the_file_does_not_name():
    offer = OfferFactory(product__reference="101", product__unit_price=Money(280), product__origin="Corse",
                         product__labels=["ab"])  # fmt: skip
    pickup = PickupFactory(cycle=offer.participation.cycle)
    placing.place_order(**an_order(pickup, a_member(pickup.cycle.organisation), (offer, 2)))
    draft = a_draft(offer.participation.producer, b"ref;prix\n101;3,10\n")

    assert applied(draft) == Applied(changed=1)

    product = Product.objects.get()
    assert (product.pk, product.unit_price) == (offer.product_id, Money(310))
    assert (product.name, product.origin, product.labels) == (offer.product.name, "Corse", ["ab"])
    assert (OrderLine.objects.get().unit_price, fresh(offer).unit_price) == (Money(280), Money(280))
    assert AuditEntry.objects.get(verb="producers.price_list_applied").detail["prices"] == {"101": [280, 310]}


def errors_of(producer, *lines, **kwargs):
    plan = applying.preview(a_draft(producer, a_csv(*lines, **kwargs)))
    return [(error.number, error.column) for error in plan.errors], plan


def test_errors_name_the_row_and_the_column_in_words():
    found, plan = errors_of(
        ProducerFactory(),
        CHARD,
        "102;Navets;Chaussures;à la pièce;;;;deux euros;1;1;-3",
        "103;;Légumes;au poids;;;;3,20;;;",
        ";Persil;Légumes;à la pièce;;;;1,20;;;",
        "101;Blettes;Légumes;à la pièce;;;;2,90;;;",
        "105;Figues;Fruits;à la pièce;;;;0;;;",
    )

    assert found == [
        (3, "rayon"), (3, "prix"), (3, "stock"), (4, "nom"), (4, "pas"), (5, "référence"), (6, "référence"),
        (7, "prix"),
    ]  # fmt: skip
    assert plan.errors[0].message == (
        "« Chaussures » n’est pas dans la liste : Légumes, Fruits, Crèmerie, Viandes et charcuterie, "
        "Œufs et volailles, Pains et farines, Épicerie, Boissons."
    )
    assert plan.errors[6].message == "La référence 101 est déjà à la ligne 2."
    assert plan.error_rows == 5


def test_nothing_is_applied_while_there_are_errors_unless_it_is_asked_for():
    draft = a_draft(ProducerFactory(), a_csv(CHARD, "102;Navets;Légumes;à la pièce;;;;x;1;1;3"))

    with pytest.raises(applying.PriceListRefused, match="Corrigez"):
        applied(draft)
    assert not Product.objects.exists()

    assert applied(draft, leave_errors=True) == Applied(added=1, errors=1)
    assert Product.objects.get().reference == "101"


def test_the_way_of_selling_and_retired_products_are_refused_by_row():
    producer = ProducerFactory()
    ProductFactory(producer=producer, reference="101")
    ProductFactory(producer=producer, reference="102", retired_at=NOW)

    found, plan = errors_of(producer, "101;au poids;", "102;;", head="ref;vendu;prix")

    assert found == [(2, "vendu"), (3, "ref")]  # as the file calls them
    assert "retiré" in plan.errors[1].message


def test_another_farms_reference_is_a_new_product_here():
    theirs = ProductFactory(reference="101", name="À eux")
    producer = ProducerFactory()

    applied(a_draft(producer, CHARD_CSV))

    assert fresh(theirs).name == "À eux"
    assert Product.objects.filter(reference="101").count() == 2


def test_orders_between_upload_and_confirmation_are_not_lost():
    offer = OfferFactory(left=10, product__stock_mode="total", product__reference="101")
    draft = a_draft(offer.participation.producer, b"ref;stock\n101;25\n")
    digest = applying.preview(draft).digest
    pickup = PickupFactory(cycle=offer.participation.cycle)
    placing.place_order(**an_order(pickup, a_member(pickup.cycle.organisation), (offer, 4)))

    assert applied(draft, digest=digest) == Applied(changed=1)

    assert Stock.objects.values_list("announced", "remaining").get() == (25, 21)
    assert integrity.check_all(now=NOW)["stocks"] == []


def test_orders_that_pass_the_new_stock_leave_nothing_and_are_counted():
    offer = OfferFactory(left=10, product__stock_mode="total", product__reference="101")
    draft = a_draft(offer.participation.producer, b"ref;stock\n101;1\n")
    pickup = PickupFactory(cycle=offer.participation.cycle)
    placing.place_order(**an_order(pickup, a_member(pickup.cycle.organisation), (offer, 4)))

    assert applied(draft) == Applied(changed=1, short=1)

    assert Stock.objects.values_list("announced", "remaining").get() == (4, 0)


def test_a_catalogue_that_changed_since_the_preview_is_previewed_again():
    product = ProductFactory(reference="101", unit_price=Money(280))
    draft = a_draft(product.producer, b"ref;prix\n101;3,10\n")
    digest = applying.preview(draft).digest
    Product.objects.update(unit_price=Money(300))

    with pytest.raises(applying.CatalogueChangedMeanwhile):
        applied(draft, digest=digest)

    assert fresh(product).unit_price == Money(300)
    assert fresh(draft).applied_at is None


def test_a_stock_that_somebody_set_since_the_upload_is_previewed_again():
    offer = OfferFactory(left=10, product__stock_mode="total", product__reference="101")
    draft = a_draft(offer.participation.producer, b"ref;stock\n101;25\n")
    Stock.objects.update(announced=40, remaining=40)

    with pytest.raises(applying.CatalogueChangedMeanwhile, match="il reste 40"):
        applied(draft)
    applying.refresh_draft(draft_id=draft.pk, producer_id=draft.producer_id)

    plan = applying.preview(fresh(draft))
    assert plan.changed[0].differences == (Difference("stock", "40", "25"),)


def test_a_draft_of_yesterday_is_gone_and_the_next_upload_forgets_it():
    producer = ProducerFactory()
    draft = a_draft(producer, CHARD_CSV)
    tomorrow = NOW + timedelta(hours=24)

    with pytest.raises(applying.DraftGone):
        applied(draft, now=tomorrow)
    a_draft(producer, CHARD_CSV, now=tomorrow)

    assert PriceListDraft.objects.count() == 1
    assert not Product.objects.exists()


def test_a_draft_of_another_farm_is_none():
    draft = a_draft(ProducerFactory(), CHARD_CSV)

    with pytest.raises(applying.DraftGone):
        confirming.confirm_draft(
            draft_id=draft.pk, producer_id=ProducerFactory().pk, digest="", leave_errors=True, by=UserFactory(), now=NOW
        )


def test_an_empty_cell_clears_what_is_only_told_and_leaves_the_rest():
    product = ProductFactory(
        reference="101", unit_price=Money(280), origin="Corse", description="Fraîches", vat_class="alcohol"
    )
    draft = a_draft(product.producer, b"ref;nom;origine;description;TVA;prix;stock\n101;;;;;;\n")

    assert applied(draft) == Applied(changed=1)

    after = fresh(product)
    assert (after.name, after.unit_price, after.vat_class) == (product.name, Money(280), "alcohol")
    assert (after.origin, after.description, after.stock_mode) == ("", "", "unlimited")


@pytest.mark.parametrize("count", [1, 299])
def test_the_queries_do_not_grow_with_the_rows(count, django_assert_num_queries):
    producer = ProducerFactory()
    lines = [f"{n}" + CHARD[3:] for n in range(1000, 1000 + count)]
    applied(a_draft(producer, a_csv(*lines)))
    draft = a_draft(producer, a_csv(*[line.replace("2,80", "3,00").replace(";30", ";40") for line in lines], CARROTS))
    by, digest = UserFactory(), applying.preview(draft).digest

    with django_assert_num_queries(10):
        applied(draft, by=by, digest=digest)

    assert Product.objects.filter(unit_price=Money(300)).count() == count
    assert set(Stock.objects.values_list("announced", "remaining")) == {(40, 40)}


def test_cataloguing_and_price_lists_agree_on_what_a_product_says():
    producer = ProducerFactory()
    applied(a_draft(producer, CHARD_CSV))
    product = Product.objects.get()

    facts = cataloguing.facts_of(product)

    assert cataloguing.change_product(
        product_id=product.pk, facts=facts, seen=facts.fingerprint, by=UserFactory(), now=NOW
    ) is False  # fmt: skip
