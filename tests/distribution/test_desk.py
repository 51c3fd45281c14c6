"""The coordinator's page of a sale, and the desk behind it: what is decided there, by whom, with which words."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cagette.core import clock, outbox
from cagette.core.models import AuditEntry
from cagette.core.money import Money
from distribution import closing, versioning
from distribution.models import DueVersion, PickingList
from distribution.queries import follow_up
from orders.baskets import placing
from orders.baskets.models import Order, Shortage, Wait
from orders.cycles.enums import Answer, CaseRule, FeeKind, MinimumRule, SaleState
from orders.cycles.models import Cycle, Fee, Participation
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    HouseholdFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    a_role,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db

WEIGHED = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 500}


@pytest.fixture
def part():
    return ParticipationFactory(minimum=Money(5000))


@pytest.fixture
def pickup(part):
    return PickupFactory(cycle=part.cycle, capacity=10)


@pytest.fixture
def member(part):
    return a_member(part.cycle.organisation, household=HouseholdFactory(name="Mattei, Pauline"))


@pytest.fixture
def browser(part):
    client = Client()
    client.force_login(a_role(UserFactory(), part.cycle.organisation))
    return client


def offer_of(part, left=None, **product):
    return OfferFactory(participation=part, product=ProductFactory(producer=part.producer, **product), left=left)


def page_of(part, now=NOW):
    cycle = Cycle.objects.select_related("organisation").get(pk=part.cycle_id)
    return follow_up.follow_up_page(cycle=cycle, now=now)


def texts(page):
    return [decision.text for decision in page.decisions]


def address(part, pickup, member):
    return reverse("distribution:correct", args=[part.cycle.organisation.slug, pickup.pk, member.household_id])


def test_a_farm_below_its_minimum_is_said_with_what_is_missing_and_what_will_happen(part, pickup, member):
    offer = offer_of(part, unit_price=Money(1235))
    placing.place_order(**an_order(pickup, member, (offer, 3)))
    Cycle.objects.update(minimum_rule=MinimumRule.CANCEL)

    [decision] = page_of(part).decisions

    farm = part.producer.organisation.name
    assert decision.text == f"{farm} : il manque 12,95\u00a0€ pour son minimum de 50,00\u00a0€"
    assert decision.by == CLOSES
    assert "annulées" in decision.detail
    assert not decision.urgent
    assert page_of(part, now=CLOSES - timedelta(hours=3)).decisions[0].urgent


def test_a_minimum_that_is_met_is_nothing_to_decide(part, pickup, member):
    placing.place_order(**an_order(pickup, member, (offer_of(part, unit_price=Money(5000)), 1)))

    assert page_of(part).decisions == []


def test_a_case_to_fill_is_said_unless_tolerance_fills_it(part, pickup, member):
    Participation.objects.update(minimum=Money())
    offer = offer_of(part, name="Clémentines", case_size=12, piece_name="kg", pieces_name="kg")
    order = placing.place_order(**an_order(pickup, member, (offer, 8)))
    Cycle.objects.update(case_rule=CaseRule.GROUP_TAKES)

    page = page_of(part)
    assert texts(page) == ["Clémentines : il manque 4\u00a0kg pour un colis de 12\u00a0kg"]
    assert "groupe prend le reste" in page.decisions[0].detail

    order.lines.update(tolerance=4)
    assert page_of(part).decisions == []
    assert page_of(part).cases[0].is_tolerated


def test_who_is_not_invited_and_who_has_not_answered_are_two_different_things(part):
    Participation.objects.update(state=SaleState.PLANNED)
    silent = ParticipationFactory(cycle=part.cycle, state=SaleState.PLANNED, invited_at=NOW)
    ParticipationFactory(cycle=part.cycle, state=SaleState.PLANNED, invited_at=NOW, answer=Answer.COMES)

    page = page_of(part)

    assert [decision.kind for decision in page.decisions] == ["invite", "answer"]
    assert silent.producer.organisation.name in page.decisions[1].text
    assert page.state == "planned"


def test_a_farm_that_declines_is_shown_apart_with_its_word(part, browser):
    ParticipationFactory(
        cycle=part.cycle, state=SaleState.DECLINED, answer=Answer.DECLINES, answer_note="Gel de printemps"
    )

    page = page_of(part)
    text = browser.get(reverse("distribution:cycle", args=[page.group.slug, part.cycle_id])).content.decode()

    assert len(page.coming) == len(page.not_coming) == 1
    assert "Gel de printemps" in text


def test_a_point_that_is_nearly_full_is_said(part, pickup):
    for _ in range(9):
        Order.objects.create(
            pickup=pickup, household=HouseholdFactory(), number=_ + 1, code=f"{_:06d}", placed_at=NOW, changed_at=NOW
        )
    Participation.objects.update(minimum=Money())

    assert texts(page_of(part)) == [f"{pickup.point.name} : presque complet, 9 paniers sur 10"]


def test_the_page_says_rules_and_fees_and_leads_to_each_order(part, pickup, member, browser):
    Fee.objects.create(cycle=part.cycle, name="Adhésion", kind=FeeKind.PERCENT_ORDER, permyriad=550, earner="La ruche")
    placing.place_order(**an_order(pickup, member, (offer_of(part), 1)))

    group = part.cycle.organisation.slug
    text = browser.get(reverse("distribution:cycle", args=[group, part.cycle_id])).content.decode()

    assert "Adhésion, au profit de La ruche" in text
    assert "5,5\u00a0% de la commande" in text
    orders = reverse("distribution:orders", args=[group, part.cycle_id])
    assert orders in text
    assert address(part, pickup, member) in browser.get(orders).content.decode()


def test_who_waits_for_what_is_shown_with_how_many_were_told(part, pickup, member, browser):
    brocciu = offer_of(part, left=0, name="Brocciu")
    for told in (None, None, NOW):
        Wait.objects.create(household=HouseholdFactory(), offer=brocciu, since_at=NOW, told_at=told)

    page = page_of(part)
    text = browser.get(reverse("distribution:cycle", args=[page.group.slug, part.cycle_id])).content.decode()

    assert [(wait.offer.product.name, wait.waiting, wait.told) for wait in page.waits] == [("Brocciu", 2, 1)]
    assert "2\u00a0foyers, 1\u00a0prévenu" in text


def test_the_track_names_each_moment_once_and_marks_the_next(part, pickup):
    early = ParticipationFactory(cycle=part.cycle, closes_at=CLOSES - timedelta(hours=8))
    ParticipationFactory(cycle=part.cycle, closes_at=CLOSES - timedelta(hours=8), state=SaleState.DECLINED)

    track = page_of(part).track

    place, farm = pickup.point.name, early.producer.organisation.name
    assert [step.text for step in track] == [
        "ouvre", f"{farm} clôt", "clôture, les bons partent", f"retrait à {place}",
    ]  # fmt: skip
    assert [step.is_past for step in track] == [True, False, False, False]
    assert [step.is_next for step in track] == [False, True, False, False]


def test_orders_are_found_by_household_number_code_point_and_farm_with_what_they_come_to(part, pickup, member, browser):
    bread = offer_of(ParticipationFactory(cycle=part.cycle), unit_price=Money(560))
    chard = offer_of(part, unit_price=Money(280))
    other = PickupFactory(cycle=part.cycle)
    neighbour = a_member(part.cycle.organisation, household=HouseholdFactory(name="Benali, Samira"))
    order = placing.place_order(**an_order(pickup, member, (bread, 1), (chard, 2)))
    placing.place_order(**an_order(other, neighbour, (chard, 3)))
    where = reverse("distribution:orders", args=[part.cycle.organisation.slug, part.cycle_id])

    def found(**asked):
        page = browser.get(where, asked).context["page"]
        return [item.household.name for item in page.orders], page.amount

    assert found() == (["Mattei, Pauline", "Benali, Samira"], Money(1960))  # 5.60 + 5.60 + 8.40
    assert found(q="benali") == (["Benali, Samira"], Money(840))
    assert found(q=order.code.lower()) == (["Mattei, Pauline"], Money(1120))
    assert found(q="1", point=other.pk) == (["Benali, Samira"], Money(840))
    assert found(ferme=bread.participation_id) == (["Mattei, Pauline"], Money(560))
    assert found(ferme="a", point="-1", q="\x00", page="NaN")[1] == Money(1960)
    assert found(q="personne") == ([], Money())
    file = browser.get(where.removesuffix("/") + ".csv", {"ferme": part.pk}).content.decode()
    assert [line.split(";")[-2:] for line in file.splitlines()[1:]] == [["1", "5,60"], ["1", "8,40"]]


def test_a_coordinator_corrects_an_order_by_weight_as_it_is_typed(part, pickup, member, browser):
    carrots = offer_of(part, unit_price=Money(340), **WEIGHED)
    order = placing.place_order(**an_order(pickup, member, (carrots, 750)))

    answer = browser.post(
        address(part, pickup, member), {f"count-{carrots.pk}": "1,25 kg", "version": "1", "reason": "Au téléphone"}
    )

    assert answer.status_code == 302
    assert order.lines.get().count == 1250
    assert order.lines.get().listed_amount == Money(425)
    entry = AuditEntry.objects.get(verb="baskets.order_corrected")
    assert entry.detail["why"] == "Au téléphone"
    assert "« Au téléphone »" in browser.get(address(part, pickup, member)).content.decode()


def test_a_coordinator_orders_for_a_household_that_had_not(part, pickup, member, browser):
    offer = offer_of(part, name="Blettes")
    text = browser.get(address(part, pickup, member), {"q": "blet"}).content.decode()
    assert f"count-{offer.pk}" in text

    browser.post(address(part, pickup, member), {f"count-{offer.pk}": "2", "version": "0", "reason": "Oubli"})

    assert Order.objects.get(household=member.household).lines.get().count == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"count": "-1"}, "n’est pas une quantité"),
        ({"count": "0,5"}, "pièces entières"),
        ({"count": "1e9"}, "n’est pas une quantité"),
        ({"count": "NaN"}, "n’est pas une quantité"),
        ({"count": "2", "reason": ""}, "Dites pourquoi"),
        ({"count": "2", "version": "x"}, "incomplet"),
        ({"count": "2", "version": "7"}, "a changé entre-temps"),
        ({"count": "99999999"}, "plus que ce qu’on peut commander"),
        ({"count": "2", "offer": "999999999"}, "n’est pas dans cette vente"),
        ({"count": "2", "offer": "a"}, "incomplet"),
    ],
)
def test_a_correction_that_does_not_read_is_refused_in_words(part, pickup, member, browser, typed, said):
    offer = offer_of(part)
    data = {"version": "0", "reason": "Oubli", f"count-{typed.get('offer', offer.pk)}": typed["count"]}
    data |= {key: value for key, value in typed.items() if key in ("version", "reason")}

    answer = browser.post(address(part, pickup, member), data)

    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert not Order.objects.exists()


def test_an_offer_of_another_sale_is_refused_in_words(part, pickup, member, browser):
    foreign = OfferFactory()

    answer = browser.post(
        address(part, pickup, member), {f"count-{foreign.pk}": "2", "version": "0", "reason": "Oubli"}
    )

    assert "n’est pas dans cette vente" in answer.content.decode()


def test_a_household_and_a_pickup_of_others_are_not_here(part, pickup, member, browser):
    group = part.cycle.organisation.slug
    strange, elsewhere = UserFactory(), PickupFactory()

    for pickup_id, household_id in ((pickup.pk, strange.household_id), (elsewhere.pk, member.household_id)):
        assert browser.get(reverse("distribution:correct", args=[group, pickup_id, household_id])).status_code == 404


def test_a_correction_after_the_close_waits_on_the_page_and_can_be_sent_now(part, pickup, member, browser):
    offer = offer_of(part, unit_price=Money(5000))
    placing.place_order(**an_order(pickup, member, (offer, 2)))
    closing.close_due(now=CLOSES)
    browser.post(address(part, pickup, member), {f"count-{offer.pk}": "1", "version": "1", "reason": "Pot cassé"})
    outbox.deliver_due(now=clock.now())
    group = part.cycle.organisation.slug
    text = browser.get(reverse("distribution:cycle", args=[group, part.cycle_id])).content.decode()
    assert "la version suivante part" in text
    assert "diffèrent" not in text

    for _time in range(2):
        browser.post(reverse("distribution:send_now", args=[group, part.cycle_id, part.pk]))

    assert list(PickingList.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    assert not DueVersion.objects.exists()
    assert versioning.write_due(now=CLOSES + timedelta(days=1)) == 0


@pytest.fixture
def shortage(part, pickup):
    Participation.objects.update(minimum=Money())
    offer = offer_of(part, left=20, name="Œufs")
    for minutes, count in enumerate((12, 8)):
        user = a_member(part.cycle.organisation, household=HouseholdFactory(name=f"Foyer {count}"))
        placing.place_order(**an_order(pickup, user, (offer, count), now=NOW + timedelta(minutes=minutes)))
    Stock.objects.update(announced=15, short=5)
    return Shortage.objects.create(stock=offer.stock, participation=part, missing=5, written_at=NOW)


def test_a_shortage_is_decided_on_its_page_by_the_rule_or_otherwise(part, shortage, browser):
    where = reverse("distribution:shortage", args=[part.cycle.organisation.slug, part.cycle_id, shortage.pk])
    assert texts(page_of(part)) == [f"Œufs ({part.producer.organisation.name}) : il manque 5"]
    text = browser.get(where, {"regle": "pro_rata"}).content.decode()
    lines = list(shortage.stock.offers.get().lines.order_by("pk")) if hasattr(shortage.stock, "offers") else []
    lines = lines or list(Order.objects.first().lines.all()) + list(Order.objects.last().lines.all())
    assert 'value="9"' in text  # 12 × 5/20 = 3 less
    assert 'value="6"' in text

    data = {f"seen-{line.pk}": line.count for line in lines} | {"regle": "pro_rata"}
    data |= {f"count-{lines[0].pk}": "12", f"count-{lines[1].pk}": "3"}
    assert browser.post(where, data).status_code == 302

    assert sorted(fresh(line).count for line in lines) == [3, 12]
    assert fresh(shortage).rationing == "pro_rata"
    assert browser.get(where).status_code == 302
    assert page_of(part).decisions == []


def test_a_decision_that_takes_too_little_back_is_refused_in_words(part, shortage, browser):
    where = reverse("distribution:shortage", args=[part.cycle.organisation.slug, part.cycle_id, shortage.pk])
    line = Order.objects.first().lines.get()
    other = Order.objects.last().lines.get()

    answer = browser.post(
        where, {f"seen-{line.pk}": line.count, f"seen-{other.pk}": other.count, f"count-{line.pk}": line.count - 1},
        follow=True,
    )  # fmt: skip

    assert "Il manque 5, et vous en retirez 1" in answer.content.decode()
    assert fresh(shortage).settled_at is None


def test_a_shortage_of_another_group_is_not_here(part, shortage, browser):
    other = ParticipationFactory()
    where = reverse("distribution:shortage", args=[part.cycle.organisation.slug, part.cycle_id, shortage.pk])
    Shortage.objects.update(participation=other)

    assert browser.get(where).status_code == 404
    assert browser.post(where).status_code == 404


@pytest.mark.parametrize("members", [1, 3])
def test_the_desk_takes_the_same_queries_however_many(part, pickup, browser, members, django_assert_num_queries):
    offers = [offer_of(part) for _ in range(members)]
    people = [a_member(part.cycle.organisation) for _ in range(members)]
    placing.place_order(**an_order(pickup, people[0], *((offer, 1) for offer in offers)))

    with django_assert_num_queries(13):
        browser.get(address(part, pickup, people[0]), {"q": "produit"})
    with django_assert_num_queries(12):
        browser.get(reverse("distribution:orders", args=[part.cycle.organisation.slug, part.cycle_id]))
    with django_assert_num_queries(9):
        browser.get(reverse("distribution:add_order", args=[part.cycle.organisation.slug, part.cycle_id]))
