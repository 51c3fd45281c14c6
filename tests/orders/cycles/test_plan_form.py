"""The form of a plan: what is typed comes back as it was meant, or is refused in words beside its field."""

import re
from datetime import date, datetime

import pytest

from cagette.core import clock, outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from cagette.places.models import VatRate
from orders.cycles import deciding, inviting
from orders.cycles.enums import CaseRule, FeeKind, MinimumRule, SaleState
from orders.cycles.models import Cycle, Fee, Offer, Participation
from producers.models import Pause
from tests.factories import (
    PARIS,
    DeliveryPointFactory,
    OfferFactory,
    ProducerFactory,
    ProductFactory,
    a_listing,
    fresh,
)
from tests.orders.cycles.pages import TODAY, a_fee, at, shown, told, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_a_plan_goes_round_with_its_minimum_slots_rules_and_fees(client, group, coordinator, farm, point):
    taken, left = a_fee(group), a_fee(group, "Port", kind=FeeKind.FIXED_ORDER, permyriad=0, amount=Money(50))
    keys = {choice.terms.name: f"fee_{choice.key}" for choice in deciding.fee_choices(group, None)}
    wish = typed(
        farm, point, order_minimum="15", minimum_rule="cancel", case_rule="group_takes", allows_notes="on",
        **{"farm_{f}_minimum": "80,50", "point_{p}_capacity": "40", "point_{p}_slot": "30", "point_{p}_each": "8"},
        **{keys["Participation"]: "on", f"{keys['Participation']}_value": "4,25", f"{keys['Port']}_value": "0,50"},
    )  # fmt: skip

    answer = client.post(at("plan", group), wish)

    cycle = Cycle.objects.get()
    assert answer["Location"] == at("cycle", group, cycle.pk)
    assert cycle.participations.get().minimum == Money(8050)
    slots = cycle.pickups.get().slots.order_by("starts_at")
    assert [slot.capacity for slot in slots] == [8, 8, 8, 8]  # 10 h to 12 h in half hours
    assert (cycle.order_minimum, cycle.minimum_rule, cycle.case_rule) == (
        Money(1500), MinimumRule.CANCEL, CaseRule.GROUP_TAKES,
    )  # fmt: skip
    assert cycle.allows_notes
    assert [(fee.name, fee.permyriad) for fee in cycle.fees.all()] == [("Participation", 425)]
    assert fresh(taken).permyriad == 500  # this sale's alone was changed
    assert fresh(left).ended_at is None

    page = shown(client, at("change", group, cycle.pk))

    for written in ('value="80,50"', 'value="30"', 'value="8"', 'value="40"', 'value="15,00"', 'value="4,25"'):
        assert written in page
    assert page.count('name="' + keys["Port"] + '"') == 1  # offered, not taken
    assert not re.search(f'name="{keys["Port"]}"[^>]*checked', page)


def test_a_plan_begins_like_the_last_sale_a_week_on_and_never_in_the_past(client, group, coordinator, farm, point):
    client.post(at("plan", group), typed(farm, point, **{"farm_{f}_minimum": "30"}))
    Cycle.objects.update(  # three weeks ago: the next close that can still come is Thursday 26 November
        delivery_on=date(2026, 11, 7), opens_at=datetime(2026, 10, 31, 8, tzinfo=PARIS),
        closes_at=datetime(2026, 11, 5, 20, tzinfo=PARIS),
    )  # fmt: skip

    page = shown(client, at("plan", group))

    assert 'value="2026-11-28"' in page
    assert 'value="2026-11-26"' in page
    assert 'value="30,00"' in page


@pytest.mark.parametrize(
    ("changed", "words", "field"),
    [
        ({"farm_{f}_minimum": "-5"}, "« -5 » n’est pas un montant", "farm_{f}_minimum"),
        ({"farm_{f}_minimum": "NaN"}, "« NaN » n’est pas un montant", "farm_{f}_minimum"),
        ({"point_{p}_slot": "3"}, "Un créneau dure de 5 minutes à 4 heures.", "point_{p}_slot"),
        ({"point_{p}_slot": "241"}, "Un créneau dure de 5 minutes à 4 heures.", "point_{p}_slot"),
        ({"point_{p}_each": "4"}, "Donnez la durée d’un créneau", "point_{p}_slot"),
        ({"point_{p}_slot": "30", "point_{p}_each": "0"}, "Un créneau accueille au moins un panier", "point_{p}_each"),
        ({"point_{p}_capacity": "0"}, "Un point accueille au moins un panier", "point_{p}_capacity"),
        ({"point_{p}_from": ""}, "Donnez les heures du retrait.", "point_{p}_from"),
        ({"point_{p}_to": "09:00"}, "finit avant de commencer", "point_{p}_to"),
        ({"farm_{f}_on": "2026-12-02"}, "Donnez le jour et l’heure de sa clôture.", "farm_{f}_time"),
        ({"farm_{f}_on": "2026-12-04", "farm_{f}_time": "20:00"}, "entre l’ouverture et la clôture", "farm_{f}_time"),
        ({"closes_on": "2026-11-28", "closes_time": "07:00"}, "La clôture vient avant l’ouverture.", "closes_on"),
        ({"opens_on": "2026-11-23", "closes_on": "2026-11-24"}, "La clôture est déjà passée.", "closes_on"),
        ({"order_minimum": "100 001"}, "est un montant trop grand", "order_minimum"),
        ({"case_rule": "jeter"}, "Sélectionnez un choix valide", "case_rule"),
        ({"delivery_on": "hier"}, "Saisissez une date valide", "delivery_on"),
    ],
)
def test_what_does_not_hold_is_refused_beside_its_field(client, group, coordinator, farm, point, changed, words, field):
    page = told(client.post(at("plan", group), typed(farm, point, **changed)))

    assert words in page
    assert f'id="id_{field.format(f=farm.pk, p=point.pk)}_error"' in page
    assert 'class="summary"' in page
    assert 'value="10:00"' in page or "_from" in field  # what was typed is kept
    assert not Cycle.objects.exists()


def test_a_changed_fee_of_one_sale_is_refused_beside_its_field(client, group, coordinator, farm, point):
    a_fee(group)
    key = f"fee_{deciding.fee_choices(group, None)[0].key}"

    page = told(client.post(at("plan", group), typed(farm, point, **{key: "on", f"{key}_value": "101"})))

    assert "« 101 » dépasse 100 %." in page
    assert f'id="id_{key}_value_error"' in page
    assert not Cycle.objects.exists()


def test_an_hour_that_spring_skips_is_refused_beside_it_and_autumns_is_the_first(
    client, group, coordinator, farm, point
):
    spring = {"delivery_on": "2027-03-30", "opens_on": "2027-03-20", "closes_on": "2027-03-28", "closes_time": "02:30"}
    autumn = {"delivery_on": "2027-11-02", "opens_on": "2027-10-25", "closes_on": "2027-10-31", "closes_time": "02:30"}

    refused = told(client.post(at("plan", group), typed(farm, point, **spring)))
    client.post(at("plan", group), typed(farm, point, **autumn))

    assert "Le 28/03/2027, l’heure d’été saute 02:30 : choisissez une autre heure." in refused
    assert 'id="id_closes_time_error"' in refused
    assert Cycle.objects.get().closes_at.isoformat() == "2027-10-31T00:30:00+00:00"  # summer time still


def test_in_october_2026_half_past_two_is_the_first_of_the_two(client, group, coordinator, farm, point, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 10, 1, 9, 0, tzinfo=PARIS))
    wish = {"delivery_on": "2026-10-27", "opens_on": "2026-10-20", "closes_on": "2026-10-25", "closes_time": "02:30"}

    client.post(at("plan", group), typed(farm, point, **wish))

    assert Cycle.objects.get().closes_at.isoformat() == "2026-10-25T00:30:00+00:00"


def test_a_double_submit_plans_one_sale(client, group, coordinator, farm, point):
    wish = typed(farm, point)

    first, second = (client.post(at("plan", group), wish) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Cycle.objects.count() == 1


def test_farms_that_do_not_come_are_shown_with_the_reason_and_refused_on_that_day(
    client, group, coordinator, farm, point
):
    invited = ProducerFactory(organisation__name="Apiculture Mattei")
    group.listings.create(producer=invited)
    Pause.objects.create(
        producer=farm, from_on=date(2026, 12, 1), until_on=date(2026, 12, 5), note="vendanges", created_at=TODAY
    )
    Pause.objects.create(
        producer=farm, from_on=date(2026, 12, 1), until_on=date(2027, 1, 5), created_at=TODAY, ended_at=TODAY
    )

    page = shown(client, at("plan", group))
    refused = told(client.post(at("plan", group), typed(farm, point)))
    later = {"delivery_on": "2026-12-06", "closes_on": "2026-12-04"}
    client.post(at("plan", group), typed(farm, point, **later))

    assert "fermée du mardi 1er décembre au samedi 5 décembre (vendanges)" in page
    assert "5 janvier" not in page  # that pause was taken back
    assert "Apiculture Mattei, à qui vous avez proposé d’être référencée" in page
    assert not re.search(f'name="farm_{farm.pk}"[^>]*checked', page)
    assert "Ortu di Lena ne vient pas ce jour-là : fermée du mardi 1er décembre" in refused
    assert f'id="id_farm_{farm.pk}_error"' in refused
    assert Cycle.objects.get().delivery_on == date(2026, 12, 6)


def test_a_missing_rate_of_vat_is_a_sentence_when_a_sale_is_planned(client, group, coordinator, farm, point):
    ProductFactory(producer=farm)
    ProductFactory(producer=farm, vat_class="alcohol", is_active=False)
    VatRate.objects.filter(zone="corsica", regime="real", vat_class__in=("food", "alcohol")).delete()

    refused = told(client.post(at("plan", group), typed(farm, point)))
    VatRate.objects.create(zone="corsica", regime="real", vat_class="food", valid_from=date(2026, 12, 5), permyriad=210)
    client.post(at("plan", group), typed(farm, point))

    assert "Aucun taux de TVA pour « alimentation » (assujetti à la TVA) à cette date." in refused
    assert "compléter la table" in refused
    assert Cycle.objects.count() == 1  # the rate begins on the day of delivery; what is not on sale needs none


def test_a_changed_plan_keeps_offers_and_answers_of_those_who_stay_and_tells_who_goes(
    client, group, coordinator, farm, point
):
    other = ProducerFactory(organisation__name="Apiculture Mattei")
    a_listing(group, other)
    wish = typed(farm, point, **{f"farm_{other.pk}": "on"})
    client.post(at("plan", group), wish)
    cycle = Cycle.objects.get()
    stays = cycle.participations.get(producer=farm)
    offer = OfferFactory(participation=stays, unit_price=Money(333))
    Participation.objects.filter(pk=stays.pk).update(answer="comes")
    inviting.invite_producers(cycle_id=cycle.pk, by=coordinator, now=TODAY)

    changed = {**typed(farm, point, **{"farm_{f}_minimum": "12"}), "closes_time": "19:00"}
    for _time in range(2):
        client.post(at("change", group, cycle.pk), changed)
        outbox.deliver_due(now=TODAY)

    part = cycle.participations.get()
    assert (part.pk, part.answer, part.minimum, part.invited_at) == (stays.pk, "comes", Money(1200), TODAY)
    assert part.closes_at == datetime(2026, 12, 3, 19, 0, tzinfo=PARIS)
    assert Offer.objects.get() == offer
    letter = Letter.objects.get(kind="withdrawn")
    assert letter.to == other.organisation.email
    assert "se fait sans vous" in letter.subject
    assert "votre ferme n’y est plus" in letter.text


def test_a_minimum_that_a_farm_answered_while_its_plan_was_being_changed_stays(client, group, coordinator, farm, point):
    client.post(at("plan", group), typed(farm, point, **{"farm_{f}_minimum": "50"}))
    cycle = Cycle.objects.get()
    page = shown(client, at("change", group, cycle.pk))
    assert f'name="farm_{farm.pk}_seen" value="5000"' in page
    Participation.objects.update(minimum=Money(8000), answer="comes")

    seen = {**typed(farm, point, **{"farm_{f}_minimum": "50", "farm_{f}_seen": "5000"}), "name": "Marché"}
    client.post(at("change", group, cycle.pk), seen)
    part = Participation.objects.get()
    assert (part.minimum, part.cycle.name) == (Money(8000), "Marché")

    client.post(at("change", group, cycle.pk), {**seen, f"farm_{farm.pk}_minimum": "60"})
    assert Participation.objects.get().minimum == Money(6000)  # what the coordinator typed is what she means


def test_a_farm_that_comes_back_into_a_plan_is_invited_anew(client, group, coordinator, farm, point):
    other = ProducerFactory()
    a_listing(group, other)
    with_other = typed(farm, point, **{f"farm_{other.pk}": "on"})
    client.post(at("plan", group), with_other)
    cycle = Cycle.objects.get()

    for wish in (with_other, typed(farm, point), with_other):
        client.post(at("change", group, cycle.pk), wish)
        inviting.invite_producers(cycle_id=cycle.pk, by=coordinator, now=TODAY)
        outbox.deliver_due(now=TODAY)

    assert Letter.objects.filter(kind="invitation", to=other.organisation.email).count() == 2
    assert Letter.objects.filter(kind="invitation", to=farm.organisation.email).count() == 1


def test_a_changed_plan_without_a_fee_loses_it_and_the_groups_other_may_be_taken(
    client, group, coordinator, farm, point
):
    a_fee(group)
    key = f"fee_{deciding.fee_choices(group, None)[0].key}"
    client.post(at("plan", group), typed(farm, point, **{key: "on", f"{key}_value": "5"}))
    cycle = Cycle.objects.get()
    assert [fee.permyriad for fee in cycle.fees.all()] == [500]

    client.post(at("change", group, cycle.pk), typed(farm, point))
    assert not Fee.objects.exists()

    client.post(at("change", group, cycle.pk), typed(farm, point, **{key: "on", f"{key}_value": "6,5"}))
    assert [fee.permyriad for fee in cycle.fees.all()] == [650]


def test_a_plan_that_is_changed_shows_who_declined_and_who_is_listed_no_more(client, group, coordinator, farm, point):
    gone = ProducerFactory(organisation__name="Apiculture Mattei")
    listing = a_listing(group, gone)
    client.post(at("plan", group), typed(farm, point, **{f"farm_{gone.pk}": "on"}))
    cycle = Cycle.objects.get()
    cycle.participations.filter(producer=farm).update(state=SaleState.DECLINED, answer_note="grêle")
    listing.state = "ended"
    listing.save()

    page = shown(client, at("change", group, cycle.pk))

    assert "a répondu qu’elle ne vient pas cette fois (« grêle »)" in page
    assert "Le groupe ne référence plus Apiculture Mattei : en enregistrant, la vente se fait sans." in page


@pytest.mark.parametrize("many", [1, 3])
def test_the_form_of_a_plan_takes_the_same_queries_however_many_farms_and_points(
    client, group, coordinator, django_assert_num_queries, many
):
    for _ in range(many):
        a_listing(group, ProducerFactory())
        DeliveryPointFactory(organisation=group)
        a_fee(group)

    # four of session and person, two of rights; four of the ground, one of rules, one of fees, one of the last sale
    with django_assert_num_queries(13):
        shown(client, at("plan", group))
