"""The authorisation matrix: each route × who asks × how → what they are answered. A route without a row fails."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse
from wagtail import urls as wagtail_urls

from cagette.core import links, mail
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from distribution import closing, notices
from distribution.models import PickingList
from orders.baskets import bulletins, placing
from orders.baskets.models import CalendarFeed, Shortage
from orders.cycles import templating
from orders.cycles.models import GroupFee, Offer
from producers.models import Pause, PriceListDraft, Product, Stock
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    a_member,
    a_role,
    an_order,
)

pytestmark = pytest.mark.django_db

# who asks; each column of the matrix
PEOPLE = (
    "visitor",
    "stranger",
    "household",
    "neighbour",
    "volunteer",
    "coordinator",
    "elsewhere",
    "farm",
    "other_farm",
    "keeper",
)

LOGIN, OK, GONE, NO, NOT_HERE = "login", 200, 302, 403, 404


def everyone(answer):
    return dict.fromkeys(PEOPLE, answer)


def logged_in(answer, **others):
    return {**everyone(answer), "visitor": LOGIN, **others}


def only(answer, *people, ours=()):
    """These are answered; people of the same organisation without the right get 403, strangers 404."""
    found = {**everyone(NOT_HERE), "visitor": LOGIN, "keeper": answer}
    return {**found, **dict.fromkeys(ours, NO), **dict.fromkeys(people, answer)}


IN_GROUP = ("household", "neighbour", "volunteer", "coordinator")


def coordinators(answer):
    return only(answer, "coordinator", ours=IN_GROUP)


def volunteers(answer):
    return only(answer, "coordinator", "volunteer", ours=IN_GROUP)


def farmers(answer):
    return only(answer, "farm")


def list_readers(answer):
    """A farm's people and its group's coordinators; other people of the group may not."""
    return only(answer, "farm", "coordinator", ours=IN_GROUP)


@dataclass(frozen=True)
class Row:
    """A route, a verb, what each is answered; the arguments are names in the world below."""

    route: str
    answers: dict[str, Any]
    arguments: tuple[str, ...] = ()
    verb: str = "get"
    data: dict[str, Any] = field(default_factory=dict)


KEY = {"key": str(uuid4())}
F, G = ("farm",), ("group",)

MATRIX = [
    Row("livez", everyone(OK)),
    Row("readyz", everyone(503)),  # no worker runs in this test
    # people
    Row("people:me", logged_in(GONE, volunteer=OK, coordinator=OK, elsewhere=OK, farm=OK, other_farm=OK, keeper=OK)),
    Row("people:household", logged_in(OK)),
    Row("people:household", logged_in(OK), verb="post"),
    Row("people:leave", logged_in(NOT_HERE, **dict.fromkeys(IN_GROUP, GONE)), G, "post"),
    Row("people:rejoin", logged_in(NOT_HERE, **dict.fromkeys(IN_GROUP, GONE)), G, "post"),
    Row("people:all_letters", {**everyone(NO), "visitor": LOGIN, "keeper": OK}),
    Row("people:any_letter", {**everyone(NO), "visitor": LOGIN, "keeper": OK}, ("letter",)),
    Row("people:letters", coordinators(OK), G),
    Row("people:letter", coordinators(OK), ("group", "letter")),
    Row("people:resend", coordinators(GONE), ("group", "letter"), "post", KEY),
    Row("people:wordings", coordinators(OK), G),
    Row("people:wording", coordinators(OK), ("group", "kind")),
    Row("people:wording", coordinators(GONE), ("group", "kind"), "post"),
    Row("people:preview", coordinators(OK), ("group", "kind")),
    Row("people:preview", coordinators(OK), ("group", "kind"), "post"),
    Row("people:farm_letters", farmers(OK), F),
    Row("people:farm_letter", farmers(OK), ("farm", "farm_letter")),
    Row("people:farm_resend", farmers(GONE), ("farm", "farm_letter"), "post", KEY),
    # producers
    Row("producers:catalogue", farmers(OK), F),
    Row("producers:new_product", farmers(OK), F),
    Row("producers:new_product", farmers(OK), F, "post"),
    Row("producers:product", farmers(OK), ("farm", "product")),
    Row("producers:product", farmers(OK), ("farm", "product"), "post"),
    Row("producers:change_quickly", farmers(OK), ("farm", "product"), "post"),
    Row("producers:stock", farmers(OK), ("farm", "product")),
    Row("producers:stock", farmers(OK), ("farm", "product"), "post"),
    Row("producers:add_period", farmers(OK), ("farm", "product"), "post"),
    Row("producers:change_period", farmers(OK), ("farm", "product", "period"), "post"),
    Row("producers:remove_period", farmers(GONE), ("farm", "product", "period"), "post"),
    Row("producers:retire", farmers(GONE), ("farm", "product"), "post"),
    Row("producers:bring_back", farmers(GONE), ("farm", "product"), "post"),
    Row("producers:set_active", farmers(GONE), ("farm", "product"), "post"),
    Row("producers:profile", farmers(OK), F),
    Row("producers:profile", farmers(OK), F, "post"),
    Row("producers:price_list", farmers(OK), F),
    Row("producers:price_list", farmers(OK), F, "post"),
    Row("producers:price_list_draft", farmers(OK), ("farm", "draft")),
    Row("producers:price_list_draft", farmers(GONE), ("farm", "draft"), "post"),
    Row("producers:price_list_file", farmers(OK), ("farm", "csv")),
    Row("producers:price_list_file_for", farmers(OK), ("farm", "cagette")),
    Row("producers:price_list_file_for", farmers(OK), ("farm", "ofn")),
    Row("producers:certificates", farmers(OK), F),
    Row("producers:certificates", farmers(OK), F, "post"),
    Row("producers:remove_certificate", farmers(GONE), ("farm", "label"), "post"),
    # listings: the farm's side, the group's side
    Row("producers:farm_groups", farmers(OK), F),
    Row("producers:farm_group", farmers(OK), ("farm", "group")),
    Row("producers:farm_group", farmers(GONE), ("farm", "group"), "post"),
    Row("producers:group_farms", coordinators(OK), G),
    Row("producers:group_farm", coordinators(OK), ("group", "farm")),
    Row("producers:invite_farm", coordinators(OK), ("group", "farm")),
    Row("producers:invite_farm", coordinators(GONE), ("group", "farm"), "post"),
    Row("producers:change_terms", coordinators(GONE), ("group", "farm"), "post"),
    Row("producers:choose_products", coordinators(GONE), ("group", "farm"), "post"),
    Row("producers:end_by_group", coordinators(GONE), ("group", "farm"), "post"),
    # cycles
    Row("cycles:points", everyone(OK)),
    Row("cycles:point", everyone(OK), ("point",)),
    Row("cycles:join", logged_in(GONE), ("point",), "post"),
    Row("cycles:planning", coordinators(OK), G),
    Row("cycles:plan", coordinators(OK), G),
    Row("cycles:plan", coordinators(OK), G, "post"),
    Row("cycles:cycle", coordinators(GONE), ("group", "cycle")),
    Row("cycles:change", coordinators(OK), ("group", "cycle")),
    Row("cycles:change", coordinators(OK), ("group", "cycle"), "post"),
    Row("cycles:remind", coordinators(GONE), ("group", "cycle"), "post"),
    Row("cycles:invite", coordinators(GONE), ("group", "cycle"), "post"),
    Row("cycles:room", coordinators(OK), ("group", "pickup")),
    Row("cycles:room", coordinators(GONE), ("group", "pickup"), "post", {"capacity": "40"}),
    Row("cycles:remove", coordinators(GONE), ("group", "cycle"), "post"),
    Row("cycles:like", coordinators(OK), ("group", "cycle")),
    Row("cycles:like", coordinators(OK), ("group", "cycle"), "post"),
    Row("cycles:keep", coordinators(OK), ("group", "cycle")),
    Row("cycles:keep", coordinators(GONE), ("group", "cycle"), "post", {"name": "Samedi"}),
    Row("cycles:templates", coordinators(OK), G),
    Row("cycles:template", coordinators(OK), ("group", "template")),
    Row("cycles:template", coordinators(OK), ("group", "template"), "post"),
    Row("cycles:skip", coordinators(GONE), ("group", "template"), "post", {"day": "2026-12-05"}),
    Row("cycles:plan_now", coordinators(OK), ("group", "template"), "post"),
    Row("cycles:end_template", coordinators(GONE), ("group", "template"), "post"),
    Row("cycles:take_up_template", coordinators(GONE), ("group", "template"), "post"),
    Row("cycles:settings", coordinators(OK), G),
    Row("cycles:settings", coordinators(OK), G, "post"),
    Row("cycles:add_fee", coordinators(OK), G, "post"),
    Row("cycles:end_fee", coordinators(GONE), ("group", "fee"), "post"),
    Row("cycles:bring_fee_back", coordinators(GONE), ("group", "fee"), "post"),
    Row("cycles:vat", coordinators(OK), G),
    Row("cycles:offers", farmers(OK), ("farm", "participation")),
    Row("cycles:correct", farmers(GONE), ("farm", "participation", "offer"), "post"),
    Row("cycles:correct_words", farmers(GONE), ("farm", "participation", "offer"), "post"),
    Row("cycles:invitations", farmers(OK), F),
    Row("cycles:invitation", farmers(OK), ("farm", "cycle")),
    Row("cycles:invitation", farmers(OK), ("farm", "cycle"), "post"),
    Row("cycles:signed_invitation", everyone(OK), ("invitation",)),
    Row("cycles:signed_invitation", everyone(OK), ("invitation",), "post"),
    Row("cycles:pauses", farmers(OK), F),
    Row("cycles:pauses", farmers(OK), F, "post"),
    Row("cycles:take_pause_back", farmers(GONE), ("farm", "pause"), "post"),
    # baskets
    Row("baskets:reminders", logged_in(OK)),
    Row("baskets:reminders", logged_in(GONE), verb="post"),
    Row("baskets:stop_reminder", everyone(OK), ("stop",)),
    Row("baskets:stop_reminder", everyone(OK), ("stop",), "post"),
    Row("baskets:orders", logged_in(OK)),
    Row("baskets:shop", everyone(OK), ("group", "pickup")),
    Row("baskets:set_count", everyone(GONE), ("group", "pickup"), "post"),
    Row("baskets:say", logged_in(GONE), ("group", "pickup"), "post"),
    Row("baskets:basket", logged_in(OK), ("group", "pickup")),
    Row("baskets:basket", logged_in(409), ("group", "pickup"), "post"),
    Row("baskets:order", logged_in(NOT_HERE, household=OK), ("group", "pickup")),
    Row("baskets:code", logged_in(NOT_HERE, household=OK), ("group", "pickup")),
    Row("baskets:cancel", logged_in(NOT_HERE, household=OK), ("group", "pickup")),
    Row("baskets:cancel", logged_in(NOT_HERE, household=GONE), ("group", "pickup"), "post"),
    Row("baskets:name_collector", logged_in(NOT_HERE, household=GONE), ("group", "pickup"), "post", {"qui": "Ange"}),
    Row("baskets:renew_code", logged_in(NOT_HERE, household=GONE), ("group", "pickup"), "post"),
    Row("baskets:handed", everyone(OK), ("handed",)),
    Row("baskets:handed_code", everyone(OK), ("handed",)),
    Row("baskets:history", logged_in(OK)),
    Row("baskets:repeat", logged_in(NOT_HERE), ("group", "pickup"), "post", {"commande": "999999"}),
    Row("baskets:favourites", logged_in(OK)),
    Row("baskets:set_favourite", logged_in(GONE), ("product",), "post"),
    Row("baskets:set_wait", logged_in(NOT_HERE), ("group", "pickup"), "post", {"offre": "x"}),
    Row("baskets:calendar", logged_in(OK)),
    Row("baskets:calendar", logged_in(GONE), verb="post"),
    Row("baskets:group_calendar", volunteers(OK), G),
    Row("baskets:group_calendar", volunteers(GONE), G, "post"),
    Row("baskets:feed", everyone(OK), ("feed",)),
    Row("distribution:order_pdf", logged_in(NOT_HERE, household=OK), ("group", "pickup")),
    Row("distribution:history_csv", logged_in(OK)),
    Row("baskets:choose_pickup", logged_in(NOT_HERE, household=OK), ("group", "pickup")),
    Row("baskets:choose_pickup", logged_in(NOT_HERE, household=OK), ("group", "pickup"), "post"),
    # distribution: the farm's side
    Row("distribution:today", farmers(OK), F),
    Row("distribution:harvest", farmers(OK), F),
    Row("distribution:harvest", farmers(409), F, "post"),
    Row("distribution:lists", farmers(OK), F),
    Row("distribution:picking_list", list_readers(OK), ("farm", "list")),
    Row("distribution:list_file", list_readers(OK), ("farm", "list", "pdf")),
    Row("distribution:acknowledge", {**list_readers(GONE), "coordinator": NO}, ("farm", "list"), "post"),
    Row("distribution:resend", list_readers(GONE), ("farm", "list"), "post", KEY),
    Row("distribution:signed_list", everyone(OK), ("token",)),
    Row("distribution:signed_list", everyone(GONE), ("token",), "post"),
    Row("distribution:signed_file", everyone(OK), ("token", "csv")),
    Row("distribution:renew_link", everyone(OK), ("token",), "post"),
    # distribution: the group's side
    Row("distribution:day_list", volunteers(OK), G),
    Row("distribution:stand", volunteers(OK), ("group", "pickup")),
    Row("distribution:move", volunteers(GONE), ("group", "pickup", "order"), "post", {"geste": "remis"}),
    Row("distribution:packing", volunteers(OK), ("group", "pickup")),
    Row("distribution:packing_pdf", volunteers(OK), ("group", "pickup")),
    Row("distribution:packing_csv", volunteers(OK), ("group", "pickup")),
    Row("distribution:attendance", volunteers(OK), ("group", "pickup")),
    Row("distribution:attendance_pdf", volunteers(OK), ("group", "pickup")),
    Row("distribution:cycle", coordinators(OK), ("group", "cycle")),
    Row("distribution:add_order", coordinators(OK), ("group", "cycle")),
    Row("distribution:correct", coordinators(OK), ("group", "pickup", "home")),
    Row("distribution:correct", coordinators(409), ("group", "pickup", "home"), "post"),
    Row("distribution:shortage", coordinators(OK), ("group", "cycle", "shortage")),
    Row("distribution:shortage", coordinators(GONE), ("group", "cycle", "shortage"), "post"),
    Row("distribution:send_now", coordinators(GONE), ("group", "cycle", "participation"), "post"),
    Row("distribution:orders", coordinators(OK), ("group", "cycle")),
    Row("distribution:moves", coordinators(OK), ("group", "cycle")),
    Row("distribution:move_close", coordinators(OK), ("group", "cycle")),
    Row("distribution:move_close", coordinators(OK), ("group", "cycle"), "post"),
    Row("distribution:move_farm_close", coordinators(OK), ("group", "cycle", "participation")),
    Row("distribution:move_farm_close", coordinators(OK), ("group", "cycle", "participation"), "post"),
    Row("distribution:move_delivery", coordinators(OK), ("group", "cycle")),
    Row("distribution:move_delivery", coordinators(OK), ("group", "cycle"), "post"),
    Row("distribution:move_pickup", coordinators(OK), ("group", "cycle", "pickup")),
    Row("distribution:move_pickup", coordinators(OK), ("group", "cycle", "pickup"), "post"),
    Row("distribution:call_off", coordinators(OK), ("group", "cycle")),
    Row("distribution:call_off", coordinators(OK), ("group", "cycle"), "post"),
    Row("distribution:call_off_farm", coordinators(OK), ("group", "cycle", "participation")),
    Row("distribution:call_off_farm", coordinators(OK), ("group", "cycle", "participation"), "post"),
    Row("distribution:merge", coordinators(OK), ("group", "cycle")),
    Row("distribution:merge", coordinators(OK), ("group", "cycle"), "post"),
    Row("distribution:reroute", coordinators(OK), ("group", "order")),
    Row("distribution:reroute", coordinators(OK), ("group", "order"), "post"),
    Row("distribution:orders_csv", coordinators(OK), ("group", "cycle")),
]


@pytest.fixture
def world():
    """A group with a farm's closed sale, everyone's people, and an order of the household."""
    part = ParticipationFactory()
    group, farm = part.cycle.organisation, part.producer.organisation
    pickup = PickupFactory(cycle=part.cycle)
    a_listing(group, part.producer)
    offer = OfferFactory(participation=part)
    people = {
        "visitor": None,
        "stranger": UserFactory(),
        "household": a_member(group),
        "neighbour": a_member(group),
        "volunteer": a_role(a_member(group), group, RoleKind.VOLUNTEER),
        "coordinator": a_role(a_member(group), group, RoleKind.COORDINATOR),
        "elsewhere": a_role(UserFactory(), ParticipationFactory().cycle.organisation, RoleKind.COORDINATOR),
        "farm": a_role(UserFactory(), farm, RoleKind.STAFF),
        "other_farm": a_role(UserFactory(), ParticipationFactory().producer.organisation, RoleKind.STAFF),
        "keeper": UserFactory(is_superuser=True, is_staff=True),
    }
    order = placing.place_order(**an_order(pickup, people["household"], (offer, 2)))
    closing.close_due(now=CLOSES)
    written = PickingList.objects.get(participation=part)
    letter = mail.write_letter(
        key="a-letter", kind="test", to="a@b.example", subject="x", text="x", scope_id=group.pk, now=NOW
    )
    to_farm = mail.write_letter(
        key="to-farm",
        kind="test",
        to="a@b.example",
        subject="x",
        text="x",
        scope_id=group.pk,
        for_scope_id=farm.pk,
        now=NOW,
    )
    draft = PriceListDraft.objects.create(producer=part.producer, uploaded_at=NOW, file_name="tarifs.csv")
    short = Stock.objects.create(product=ProductFactory(producer=part.producer), announced=0, remaining=0)
    period = Stock.objects.create(
        product=offer.product, period_from_on=NOW.date(), period_until_on=NOW.date(), announced=5, remaining=5
    )
    shortage = Shortage.objects.create(stock=short, participation=part, missing=1, written_at=NOW)
    template = templating.keep_template(cycle_id=part.cycle_id, name="Samedi", by=people["coordinator"], now=NOW)
    fee = GroupFee.objects.create(organisation=group, name="Port", kind="fixed_order", amount=Money(50))
    feed = CalendarFeed.objects.create(household=people["household"].household, made_at=NOW)
    names = {
        "handed": links.sign("retrait", [order.pk, order.code]), "feed": feed.key,
        "kind": "order",
        "stop": links.sign(bulletins.PURPOSE, [people["household"].pk, "opening"]),
        "template": template.pk, "fee": fee.pk,
        "pause": Pause.objects.create(
            producer=part.producer, from_on=CLOSES.date(), until_on=CLOSES.date(), created_at=NOW
        ).pk,
        "label": "ab", "invitation": links.sign("invitation", [part.cycle_id, part.producer_id]),
        "home": people["household"].household_id, "shortage": shortage.pk,
        "period": period.pk, "draft": draft.pk, "farm_letter": to_farm.pk,
        "group": group.slug, "farm": farm.slug, "point": pickup.point.slug, "pickup": pickup.pk, "order": order.pk,
        "cycle": part.cycle_id, "participation": part.pk, "offer": offer.pk, "list": written.pk, "letter": letter.pk,
        "token": links.sign(notices.PURPOSE, written.pk), "pdf": "pdf", "csv": "csv",
        "cagette": "cagette", "ofn": "ofn", "product": offer.product_id,
    }  # fmt: skip
    return people, names


def asked(person, address, verb="get", data=None):
    """What a person is answered: a status, or LOGIN when led to the log-in page."""
    client = Client()
    if person is not None:
        client.force_login(person)
    answer = getattr(client, verb)(address, data)
    went_to_login = answer.status_code == 302 and "/compte/login/" in answer["Location"]
    return LOGIN if went_to_login else answer.status_code


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.route} {row.verb}")
def test_each_person_is_answered_as_the_matrix_says(world, row):
    people, names = world
    address = reverse(row.route, args=[names[name] for name in row.arguments])

    answers = {person: asked(people[person], address, row.verb, row.data) for person in PEOPLE}

    assert answers == row.answers


# Where others' routes begin; all else is ours and needs a row
THEIRS = ("compte/", "gestion/", "documents/", "_util/", "^gestion/password_reset/")


def our_routes(resolver=None, spaces=()):
    """Every route of ours by its name; allauth's, Wagtail's and static files are theirs to test."""
    for pattern in (resolver or get_resolver()).url_patterns:
        begin = str(pattern.pattern)
        if begin.startswith(THEIRS) or pattern in wagtail_urls.urlpatterns or begin.startswith("^media/"):
            continue
        if isinstance(pattern, URLResolver):
            if pattern.urlconf_name is not wagtail_urls:
                yield from our_routes(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        else:
            yield ":".join((*spaces, pattern.name or f"{begin} has no name"))


def test_every_route_has_a_row():
    found = list(our_routes())

    assert len(found) > 60
    assert set(found) - {row.route for row in MATRIX} == set()


VERBS_WITHOUT_A_ROW = sorted(
    {(row.route, row.arguments, verb) for row in MATRIX for verb in ("get", "post", "put", "patch", "delete")}
    - {(row.route, row.arguments, row.verb) for row in MATRIX}
)


def test_a_verb_without_a_row_is_refused(world):
    people, names = world
    client = Client()
    client.force_login(people["keeper"])

    answered = {}
    for route, arguments, verb in VERBS_WITHOUT_A_ROW:
        answer = getattr(client, verb)(reverse(route, args=[names[name] for name in arguments]))
        if answer.status_code != 405:
            answered[route, verb] = answer.status_code

    assert answered == {}


@pytest.mark.parametrize(
    ("address", "answers"),
    [
        ("/compte/login/", {**everyone(GONE), "visitor": OK}),
        ("/compte/signup/", {**everyone(GONE), "visitor": OK}),
        ("/compte/email/", logged_in(OK)),
        ("/compte/password/change/", logged_in(OK)),
        ("/gestion/", {**everyone(LOGIN), "keeper": OK}),
        ("/gestion/users/", {**everyone(LOGIN), "keeper": OK}),
        ("/gestion/login/", everyone(LOGIN)),
        ("/gestion/password_reset/", everyone(GONE)),
    ],
)
def test_the_doors_of_allauth_and_of_the_cms(world, address, answers):
    people, _names = world

    assert {person: asked(people[person], address) for person in PEOPLE} == answers


@pytest.mark.parametrize("row", [row for row in MATRIX if row.verb == "get"], ids=lambda row: row.route)
def test_looking_changes_nothing(world, row):
    people, names = world
    address = reverse(row.route, args=[names[name] for name in row.arguments])

    changes = {}
    for person in ("visitor", "household", "volunteer", "coordinator", "farm", "keeper"):
        client = Client()
        if people[person] is not None:
            client.force_login(people[person])
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        changes[person] = [q["sql"] for q in seen.captured_queries if q["sql"].split()[0] not in ("SELECT", "WITH")]

    assert not any(changes.values()), changes


def test_a_form_without_its_token_is_refused_in_words(world):
    people, names = world
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["household"])

    answer = client.post(reverse("baskets:basket", args=[names["group"], names["pickup"]]))

    assert answer.status_code == 403
    assert "a expiré" in answer.content.decode()
    assert Offer.objects.exists()
    assert Product.objects.exists()
