"""Listings and certificates in the browser: a group's farms, a farm's groups, both sides of one listing."""

from datetime import date

import pytest
from django.urls import reverse

from cagette.core.money import Money
from cagette.people.enums import RoleKind
from producers import listed
from producers.enums import ListingState
from producers.models import Certificate, ListedProduct, Listing
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


@pytest.fixture
def group():
    return OrganisationFactory(name="A Sporta", slug="a-sporta")


@pytest.fixture
def coordinator(client, group):
    client.force_login(a_role(UserFactory(), group))
    return client


def a_farmer(client, producer):
    client.force_login(a_role(UserFactory(), producer.organisation, RoleKind.STAFF))
    return client


def page_of(client, name, *arguments, **query):
    return client.get(reverse(name, args=arguments), query).content.decode()


def sent(client, name, *arguments, **fields):
    return client.post(reverse(name, args=arguments), fields, follow=True).content.decode()


def an_invitation(group, **fields):
    return Listing.objects.create(organisation=group, producer=ProducerFactory(), terms="Livrer à 8 h", **fields)


@pytest.mark.parametrize("farms", [1, 3])
def test_a_groups_farms_take_the_same_queries_however_many(coordinator, group, django_assert_num_queries, farms):
    for _ in range(farms):
        row = a_listing(group, ProducerFactory())
        ProductFactory(producer=row.producer, labels=["ab"])
        Certificate.objects.create(producer=row.producer, label="ab", certifier="FR-BIO-01")

    # session, user, organisation and role, clock; listings, labels, certificates, pauses, others; the masthead's two
    with django_assert_num_queries(12):
        answer = coordinator.get(reverse("producers:group_farms", args=["a-sporta"]), {"q": "ortu"})

    assert answer.status_code == 200


@pytest.mark.parametrize("products", [1, 3])
def test_a_groups_farm_takes_the_same_queries_however_many_products(
    coordinator, group, django_assert_num_queries, products
):
    row = a_listing(group, ProducerFactory())
    ProductFactory.create_batch(products, producer=row.producer, labels=["ab"])
    address = reverse("producers:group_farm", args=["a-sporta", row.producer.organisation.slug])

    # session, user, organisation and role, listing, clock; rows, products, changes, labels, pauses; the masthead's two
    with django_assert_num_queries(14):
        coordinator.get(address)


@pytest.mark.parametrize("groups", [1, 3])
def test_a_farms_groups_take_the_same_queries_however_many(client, django_assert_num_queries, groups):
    producer = ProducerFactory()
    for _ in range(groups):
        a_listing(OrganisationFactory(), producer)
    a_farmer(client, producer)

    with django_assert_num_queries(8):
        client.get(reverse("producers:farm_groups", args=[producer.organisation.slug]))


def test_a_farm_is_found_whatever_the_accents_and_invited_with_terms(coordinator, group):
    farm = ProducerFactory(organisation__name="Ortu di l’Élan", organisation__slug="elan").organisation
    a_listing(group, ProducerFactory(organisation__name="Élan déjà là"))

    found = page_of(coordinator, "producers:group_farms", "a-sporta", q="elan")
    said = sent(coordinator, "producers:invite_farm", "a-sporta", "elan", terms="Livrer à 8 h", markup="12,5 %")

    assert found.count("Inviter<span") == 1
    assert "Ortu di l’Élan est invitée" in said
    row = Listing.objects.get(producer__organisation=farm)
    assert (row.state, row.terms, row.markup_permyriad) == (ListingState.INVITED, "Livrer à 8 h", 1250)


@pytest.mark.parametrize(
    ("typed", "words"), [("douze", "un pourcentage"), ("101", "de 0 à 100"), ("1,234", "un pourcentage")]
)
def test_a_margin_that_cannot_be_gets_a_sentence(coordinator, group, typed, words):
    farm = ProducerFactory().organisation

    said = sent(coordinator, "producers:invite_farm", "a-sporta", farm.slug, terms="", markup=typed)

    assert words in said
    assert not Listing.objects.exists()


def test_a_search_that_finds_nobody_says_what_to_do(coordinator, group):
    assert "Aucune ferme de ce nom" in page_of(coordinator, "producers:group_farms", "a-sporta", q="\x00zzz")


def test_a_farm_reads_the_terms_accepts_them_and_sees_what_households_pay(client, group):
    row = an_invitation(group, markup_permyriad=1250)
    ProductFactory(producer=row.producer, name="Poireaux", unit_price=Money(280))
    farm = row.producer.organisation.slug
    a_farmer(client, row.producer)

    shown = page_of(client, "producers:farm_group", farm, "a-sporta")
    said = sent(client, "producers:farm_group", farm, "a-sporta", deed="accept", seen=listed.terms_print(row))
    again = sent(client, "producers:farm_group", farm, "a-sporta", deed="accept", seen=listed.terms_print(row))

    assert "Livrer à 8 h" in shown
    assert "3,15\u00a0€" in shown  # 2.80 and 12.5 %
    assert "C’est accepté" in said
    assert "C’est accepté" not in again
    assert fresh(row).state == ListingState.ACCEPTED


def test_terms_that_changed_meanwhile_are_shown_anew(client, group):
    row = an_invitation(group)
    seen = listed.terms_print(row)
    Listing.objects.update(terms="Livrer à 7 h")
    a_farmer(client, row.producer)

    said = sent(client, "producers:farm_group", row.producer.organisation.slug, "a-sporta", deed="accept", seen=seen)

    assert "ont changé entre-temps" in said
    assert "Livrer à 7 h" in said
    assert fresh(row).state == ListingState.INVITED


@pytest.mark.parametrize(
    ("deed", "state"), [("refuse", "ended"), ("end", "ended"), ("", "invited"), ("zzz", "invited")]
)
def test_a_farm_refuses_or_ends_and_nonsense_changes_nothing(client, group, deed, state):
    row = an_invitation(group)
    a_farmer(client, row.producer)

    sent(client, "producers:farm_group", row.producer.organisation.slug, "a-sporta", deed=deed)

    assert fresh(row).state == state


def test_new_terms_are_shown_to_the_farm_with_those_that_it_accepted(client, coordinator, group):
    row = an_invitation(group, state=ListingState.ACCEPTED, accepted_at=NOW, terms_seen="Livrer à 8 h")
    farm = row.producer.organisation.slug
    said = sent(
        coordinator, "producers:change_terms", "a-sporta", farm, terms="Livrer à 7 h", markup="",
        seen=listed.terms_print(row),
    )  # fmt: skip
    assert "elle ne les a pas encore acceptées" in said
    a_farmer(client, row.producer)

    shown = page_of(client, "producers:farm_group", farm, "a-sporta")
    agreed = sent(client, "producers:farm_group", farm, "a-sporta", deed="agree", seen=listed.terms_print(fresh(row)))

    assert "Nouvelles conditions depuis" in shown
    assert "Livrer à 8 h" in shown
    assert "Nouvelles conditions" not in agreed


def test_products_and_prices_are_chosen_in_one_form(coordinator, group):
    row = a_listing(group, ProducerFactory())
    leeks, honey = ProductFactory.create_batch(2, producer=row.producer, unit_price=Money(280))
    farm = row.producer.organisation.slug
    form = {"row": [leeks.pk, honey.pk], "pick": [leeks.pk], f"price_{leeks.pk}": "3,00", "picks": "on"}
    seen = listed.choice_print(row, [])

    said = sent(coordinator, "producers:choose_products", "a-sporta", farm, **form, seen=seen)
    again = sent(coordinator, "producers:choose_products", "a-sporta", farm, **form, seen=seen)

    assert "Votre choix est enregistré" in said
    assert "Rien n’a changé" in again
    assert fresh(row).picks_products
    assert ListedProduct.objects.values_list("product_id", "is_picked", "own_price").get() == (
        leeks.pk, True, Money(300),
    )  # fmt: skip


@pytest.mark.parametrize(("typed", "words"), [("2,79", "charge du groupe"), ("trois", "n’est pas un montant")])
def test_a_wrong_price_is_said_beside_its_product_and_what_was_typed_stays(coordinator, group, typed, words):
    row = a_listing(group, ProducerFactory())
    leeks = ProductFactory(producer=row.producer, unit_price=Money(280))
    form = {"row": [leeks.pk], "pick": [leeks.pk], f"price_{leeks.pk}": typed, "seen": listed.choice_print(row, [])}

    said = sent(coordinator, "producers:choose_products", "a-sporta", row.producer.organisation.slug, **form)

    assert words in said
    assert f'value="{typed}"' in said
    assert not ListedProduct.objects.exists()


def test_three_hundred_products_are_saved_from_the_page_in_few_queries(
    coordinator, group, django_assert_max_num_queries
):
    row = a_listing(group, ProducerFactory())
    products = ProductFactory.create_batch(300, producer=row.producer, unit_price=Money(280))
    form = {"row": [p.pk for p in products], "seen": listed.choice_print(row, [])}
    form |= {f"price_{p.pk}": "3" for p in products}
    address = reverse("producers:choose_products", args=["a-sporta", row.producer.organisation.slug])

    # who asks and what is shown: 10; the deed itself: 7 and its savepoint; the message
    with django_assert_max_num_queries(22):
        answer = coordinator.post(address, form)

    assert answer.status_code == 302
    assert ListedProduct.objects.filter(is_picked=False, own_price=Money(300)).count() == 300


def test_ending_and_inviting_again_keeps_the_choice(coordinator, group):
    row = a_listing(group, ProducerFactory())
    leeks = ProductFactory(producer=row.producer)
    ListedProduct.objects.create(listing=row, product=leeks, is_picked=False)
    farm = row.producer.organisation.slug

    ended = sent(coordinator, "producers:end_by_group", "a-sporta", farm)
    assert "Inviter à nouveau" in ended
    sent(coordinator, "producers:invite_farm", "a-sporta", farm, terms="", markup="")

    assert fresh(row).state == ListingState.INVITED
    assert ListedProduct.objects.get().is_picked is False


def test_an_expired_certificate_is_said_to_the_farm_and_to_its_group(client, coordinator, group):
    row = a_listing(group, ProducerFactory())
    ProductFactory(producer=row.producer, labels=["ab"])
    Certificate.objects.create(producer=row.producer, label="ab", certifier="FR-BIO-01", expires_on=date(2020, 11, 2))
    farm, words = row.producer.organisation.slug, "AB : certificat expiré le 2\u00a0novembre 2020"

    assert words in page_of(coordinator, "producers:group_farms", "a-sporta")
    assert words in page_of(coordinator, "producers:group_farm", "a-sporta", farm)
    a_farmer(client, row.producer)
    assert words in page_of(client, "producers:farm_group", farm, "a-sporta")
    assert words in page_of(client, "producers:certificates", farm)


def test_a_certificate_is_written_removed_and_written_again_from_what_the_page_kept(client):
    producer = ProducerFactory()
    farm = producer.organisation.slug
    a_farmer(client, producer)
    form = {"label": "ab", "certifier": "FR-BIO-01", "number": "2B & 17", "expires_on": "2027-03-31"}

    said = sent(client, "producers:certificates", farm, **form)
    removed = sent(client, "producers:remove_certificate", farm, "ab")
    again = sent(client, "producers:remove_certificate", farm, "ab")

    assert "AB : certificat enregistré" in said
    assert 'value="2B &amp; 17"' in removed
    assert 'value="2027-03-31"' in removed
    assert "certificat retiré" not in again
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {"label": "zzz", "certifier": "x"},
        {"label": "ab", "certifier": ""},
        {"label": "ab", "certifier": "x", "expires_on": "hier"},
    ],
)
def test_a_certificate_that_does_not_hold_gets_a_sentence(client, form):
    producer = ProducerFactory()
    a_farmer(client, producer)

    assert 'role="alert"' in sent(client, "producers:certificates", producer.organisation.slug, **form)
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("name", ["producers:farm_groups", "producers:certificates", "producers:group_farms"])
def test_an_empty_page_says_what_comes_here(client, coordinator, group, name):
    producer = ProducerFactory()
    slug = "a-sporta"
    if name != "producers:group_farms":
        slug = producer.organisation.slug
        a_farmer(client, producer)

    shown = page_of(client, name, slug)

    assert 'class="empty"' in shown
