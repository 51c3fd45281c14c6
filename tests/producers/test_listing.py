"""A group invites a farm with its terms, the farm accepts them as shown, the group chooses products and prices."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.core import outbox
from cagette.core.models import AuditEntry, Letter, OutboxEvent
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from producers import listed, listing
from producers.enums import ListingState
from producers.listing import Choice
from producers.models import ListedProduct, Listing
from tests.factories import (
    NOW,
    OrganisationFactory,
    ProducerFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    a_role,
    fresh,
)

pytestmark = pytest.mark.django_db


def invited(**terms):
    return listing.invite_producer(group=OrganisationFactory(), producer=ProducerFactory(), by=None, now=NOW, **terms)


def accepted(row, *, now=NOW):
    return listing.accept_invitation(listing_id=row.pk, seen=listed.terms_print(fresh(row)), by=None, now=now)


def changed(row, terms, markup=0, **options):
    arguments = {"seen": listed.terms_print(fresh(row)), "by": UserFactory(), "now": NOW, **options}
    return listing.change_terms(listing_id=row.pk, terms=terms, markup=markup, **arguments)


def chosen(row, choices, *, picks=False, seen=None):
    seen = listed.choice_print(fresh(row), list(row.products.all())) if seen is None else seen
    return listing.choose_products(
        listing_id=row.pk, picks=picks, choices=choices, seen=seen, by=UserFactory(), now=NOW
    )


def letters():
    outbox.deliver_due(now=NOW + timedelta(minutes=1))
    return list(Letter.objects.order_by("pk"))


def test_invite_and_accept_once_each():
    group, producer = OrganisationFactory(), ProducerFactory()

    row = listing.invite_producer(group=group, producer=producer, by=None, now=NOW, terms="Livrer à 8 h", markup=1250)
    again = listing.invite_producer(group=group, producer=producer, by=None, now=NOW, terms="Autres", markup=0)

    assert row == again
    assert (again.state, again.terms, again.markup_permyriad) == (ListingState.INVITED, "Livrer à 8 h", 1250)
    assert accepted(row) is True
    assert accepted(row) is False
    after = fresh(row)
    assert (after.state, after.accepted_at, after.terms_seen) == (ListingState.ACCEPTED, NOW, "Livrer à 8 h")
    assert AuditEntry.objects.count() == 2
    assert OutboxEvent.objects.count() == 2


def test_an_accepted_farm_that_is_invited_again_stays_accepted():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    Listing.objects.update(accepted_at=NOW)

    again = listing.invite_producer(group=row.organisation, producer=row.producer, by=None, now=NOW, terms="Autres")

    assert (again.state, again.accepted_at, again.terms) == (ListingState.ACCEPTED, NOW, "")
    assert not OutboxEvent.objects.exists()


def test_a_listing_that_ended_begins_with_an_invitation_again():
    row = a_listing(OrganisationFactory(), ProducerFactory())

    assert listing.end_listing(listing_id=row.pk, by=None, now=NOW) is True
    assert listing.end_listing(listing_id=row.pk, by=None, now=NOW) is False
    assert accepted(row) is False
    again = listing.invite_producer(group=row.organisation, producer=row.producer, by=None, now=NOW, terms="Neuves")
    assert (again.state, again.terms, again.terms_seen, again.accepted_at) == (
        ListingState.INVITED, "Neuves", "", None,
    )  # fmt: skip


def test_a_farm_refuses_an_invitation_once():
    row = invited()

    assert listing.refuse_invitation(listing_id=row.pk, by=UserFactory(), now=NOW) is True
    assert listing.refuse_invitation(listing_id=row.pk, by=UserFactory(), now=NOW) is False
    assert fresh(row).state == ListingState.ENDED
    assert [letter.subject for letter in letters()][
        -1
    ] == f"{row.producer.organisation} ne souhaite pas vendre chez vous"


def test_a_farm_does_not_list_a_farm():
    producer = ProducerFactory()

    with pytest.raises(listing.ListingRefused):
        listing.invite_producer(group=producer.organisation, producer=ProducerFactory(), by=None, now=NOW)

    assert not Listing.objects.exists()


def test_terms_that_changed_since_the_farm_read_them_are_not_accepted():
    row = invited(terms="Livrer à 8 h")
    seen = listed.terms_print(row)
    changed(row, "Livrer à 7 h")

    with pytest.raises(listing.ListingChangedMeanwhile, match="relisez-les"):
        listing.accept_invitation(listing_id=row.pk, seen=seen, by=None, now=NOW)

    assert fresh(row).state == ListingState.INVITED
    assert accepted(row) is True
    assert fresh(row).terms_seen == "Livrer à 7 h"


def test_a_margin_that_changed_meanwhile_is_not_accepted_either():
    row = invited(terms="Livrer à 8 h")
    seen = listed.terms_print(row)
    changed(row, "Livrer à 8 h", 500)

    with pytest.raises(listing.ListingChangedMeanwhile):
        listing.accept_invitation(listing_id=row.pk, seen=seen, by=None, now=NOW)


def test_a_listed_farm_is_told_of_new_terms_goes_on_and_agrees_once():
    row = invited(terms="Livrer à 8 h")
    accepted(row)

    assert changed(row, "Livrer à 7 h", 1250) is True
    assert changed(row, "Livrer à 7 h", 1250) is False

    after = fresh(row)
    assert (after.state, after.terms_seen, listed.has_new_terms(after)) == (ListingState.ACCEPTED, "Livrer à 8 h", True)
    assert listed.listing_page(listing=after, now=NOW).terms_changed_at == NOW
    seen = listed.terms_print(after)
    agree = {"listing_id": row.pk, "seen": seen, "by": UserFactory(), "now": NOW}
    assert [listing.agree_to_terms(**agree) for _ in range(2)] == [True, False]
    assert not listed.has_new_terms(fresh(row))
    told = [letter for letter in letters() if "nouvelles conditions" in letter.subject]
    assert [letter.to for letter in told if letter.to == row.producer.organisation.email] == [told[0].to]
    assert "Livrer à 7 h" in told[0].text
    assert "12,5\u00a0%" in told[0].text


def test_terms_are_not_written_over_those_that_somebody_else_wrote():
    row = invited(terms="Livrer à 8 h")
    seen = listed.terms_print(row)
    changed(row, "Livrer à 7 h")

    with pytest.raises(listing.ListingChangedMeanwhile):
        changed(row, "Livrer à 9 h", seen=seen)

    assert fresh(row).terms == "Livrer à 7 h"


@pytest.mark.parametrize(("terms", "markup"), [("x" * 4001, 0), ("", -1), ("", 10_001)])
def test_terms_that_are_too_long_and_margins_that_cannot_be_are_refused(terms, markup):
    row = invited()

    with pytest.raises(listing.ListingRefused):
        changed(row, terms, markup)

    assert (fresh(row).terms, fresh(row).markup_permyriad) == ("", 0)


def test_each_move_is_told_to_the_other_side_once():
    row = invited(terms="Livrer à 8 h")
    coordinator = a_role(UserFactory(), row.organisation, RoleKind.COORDINATOR)
    accepted(row)
    listing.end_listing(listing_id=row.pk, by=None, now=NOW, by_farm=True)

    told = [(letter.to, letter.subject) for letter in letters()]

    farm, group = row.producer.organisation, row.organisation
    assert told == [
        (farm.email, f"{group} vous invite à vendre chez eux"),
        (coordinator.email, f"{farm} accepte votre invitation"),
        (coordinator.email, f"{farm} ne vend plus chez vous"),
    ]


def test_a_group_sells_all_of_a_farm_until_it_chooses():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    leeks, honey = (ProductFactory(producer=row.producer) for _ in range(2))

    assert listed.is_picked(row, None)
    assert chosen(row, {leeks.pk: Choice(True), honey.pk: Choice(False)}) == 1

    assert ListedProduct.objects.values_list("product_id", "is_picked").get() == (honey.pk, False)


def test_product_by_product_what_the_farm_adds_later_waits():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    leeks, honey = (ProductFactory(producer=row.producer) for _ in range(2))
    choices = {leeks.pk: Choice(True), honey.pk: Choice(False)}

    assert chosen(row, choices, picks=True) == 1
    assert chosen(row, choices, picks=True) == 0
    later = ProductFactory(producer=row.producer)

    rows = {one.product: one.is_picked for one in listed.listing_page(listing=fresh(row), now=NOW).rows}
    assert rows == {leeks: True, honey: False, later: False}


def test_selling_all_again_keeps_what_was_set_aside():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    leeks, honey = (ProductFactory(producer=row.producer) for _ in range(2))
    choices = {leeks.pk: Choice(True), honey.pk: Choice(False)}
    chosen(row, choices, picks=True)

    assert chosen(fresh(row), choices, picks=False) == 1

    rows = {one.product: one.is_picked for one in listed.listing_page(listing=fresh(row), now=NOW).rows}
    assert rows == {leeks: True, honey: False}


def test_prices_the_margin_and_a_price_of_the_groups_own():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    Listing.objects.update(markup_permyriad=1250)
    row = fresh(row)
    leeks, honey = ProductFactory(producer=row.producer, unit_price=Money(280)), ProductFactory(producer=row.producer)

    chosen(row, {honey.pk: Choice(True, Money(300))})

    page = listed.listing_page(listing=fresh(row), now=NOW)
    # 12.5 % of 2.80 is 0.35: households pay 3.15; the group's own 3.00 takes no margin
    assert {one.product: one.pays for one in page.rows} == {leeks: Money(315), honey: Money(300)}


def test_half_a_cent_of_margin_is_rounded_up():
    row = Listing(markup_permyriad=1250)

    # 12.5 % of 1.00 is 0.125: half up, 0.13
    assert listed.group_price(ProductFactory(unit_price=Money(100)), row, None) == Money(113)


def test_a_price_below_the_farms_would_be_the_groups_loss_and_is_refused():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    leeks, honey = (ProductFactory(producer=row.producer, unit_price=Money(280)) for _ in range(2))

    with pytest.raises(listing.PriceTooLow, match=r"2,80.*charge du groupe") as refused:
        chosen(row, {honey.pk: Choice(False), leeks.pk: Choice(True, Money(279))})

    assert refused.value.product_id == leeks.pk
    assert not ListedProduct.objects.exists()
    assert chosen(row, {leeks.pk: Choice(True, Money(280))}) == 1


def test_a_farm_that_raises_its_price_above_the_groups_own_is_paid_by_households():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    leeks = ProductFactory(producer=row.producer, unit_price=Money(280))
    chosen(row, {leeks.pk: Choice(True, Money(300))})
    leeks.unit_price = Money(320)
    leeks.save()

    shown = listed.listing_page(listing=fresh(row), now=NOW).rows[0]

    assert (shown.pays, shown.is_overtaken) == (Money(320), True)


def test_a_choice_that_somebody_else_made_meanwhile_is_not_overwritten():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    leeks = ProductFactory(producer=row.producer)
    seen = listed.choice_print(row, [])
    chosen(row, {leeks.pk: Choice(True, Money(300))})

    with pytest.raises(listing.ListingChangedMeanwhile):
        chosen(row, {leeks.pk: Choice(False)}, seen=seen)

    assert ListedProduct.objects.get().own_price == Money(300)


def test_a_product_of_another_farm_is_not_chosen():
    row = a_listing(OrganisationFactory(), ProducerFactory())

    with pytest.raises(listing.ListingRefused, match="pas de cette ferme"):
        chosen(row, {ProductFactory().pk: Choice(False)})

    assert not ListedProduct.objects.exists()


def test_nothing_is_chosen_in_a_listing_that_ended():
    row = a_listing(OrganisationFactory(), ProducerFactory())
    listing.end_listing(listing_id=row.pk, by=None, now=NOW)

    with pytest.raises(listing.ListingRefused, match="terminé"):
        chosen(row, {})
    with pytest.raises(listing.ListingRefused, match="terminé"):
        changed(row, "Autres")


def test_three_hundred_products_are_saved_in_as_many_queries_as_one():
    asked = []
    for count in (1, 300):
        row = a_listing(OrganisationFactory(), ProducerFactory())
        products = ProductFactory.create_batch(count, producer=row.producer)
        seen, by = listed.choice_print(row, []), UserFactory()
        choices = {product.pk: Choice(True, Money(300)) for product in products}
        with CaptureQueriesContext(connection) as queries:
            listing.choose_products(listing_id=row.pk, picks=True, choices=choices, seen=seen, by=by, now=NOW)
        asked.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))

    # the listing locked, its rows, the products; the listing, the rows and the defaults written; the audit
    assert asked == [7, 7]
    assert ListedProduct.objects.count() == 301
