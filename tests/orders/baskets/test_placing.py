"""Placing, changing and cancelling an order: exact values, and a refusal changes nothing."""

from datetime import timedelta

import pytest

from cagette.core import outbox
from cagette.core.models import AuditEntry, Letter, OutboxEvent
from cagette.core.money import Money
from cagette.places.enums import VatClass
from orders.baskets import cancelling, codes, collecting, placing, rules
from orders.baskets.changing import Wanted
from orders.baskets.enums import Collection, OrderState
from orders.baskets.models import Order, OrderLine
from orders.cycles import correcting
from orders.cycles.enums import SaleState
from orders.cycles.models import Offer, Participation, PickupCounter
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    """An open participation, its pickup, and a member of the group."""
    part = ParticipationFactory()
    return part, PickupFactory(cycle=part.cycle), a_member(part.cycle.organisation)


def carrots(part, left=None, **fields):
    fields = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 500, "unit_price": Money(333), **fields}
    product = ProductFactory(producer=part.producer, name="Carottes", **fields)
    return OfferFactory(participation=part, product=product, left=left)


def nothing_happened(left=None):
    assert not Order.objects.exists()
    assert not OrderLine.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert not AuditEntry.objects.exists()
    assert PickupCounter.objects.filter(taken=0, last_number=0).count() == PickupCounter.objects.count()
    if left is not None:
        assert Stock.objects.get().remaining == left


def test_an_order_has_a_number_a_code_amounts_half_up_and_the_rate_of_corsica(sale):
    part, pickup, user = sale
    offer = carrots(part, left=1000)

    order = placing.place_order(**an_order(pickup, user, (offer, 750)))

    line = order.lines.get()
    assert (order.number, order.version, order.state) == (1, 1, OrderState.PLACED)
    assert set(order.code) <= set(codes.CODE_LETTERS)
    assert len(order.code) == 6
    assert (line.count, line.listed_amount, line.final_amount) == (750, Money(250), Money(250))  # 2.4975
    assert line.vat_permyriad == 210
    assert Stock.objects.get().remaining == 250
    assert OutboxEvent.objects.get().name == "baskets.order_placed"
    assert AuditEntry.objects.get().by == user


def test_wine_is_taxed_at_twenty_per_cent_and_a_franchise_farm_at_nothing(sale):
    part, pickup, user = sale
    wine = OfferFactory(participation=part, product__vat_class=VatClass.ALCOHOL)
    part.producer.vat_regime = "franchise"
    other = ParticipationFactory(cycle=part.cycle, producer__vat_regime="franchise")
    honey = OfferFactory(participation=other)

    order = placing.place_order(**an_order(pickup, user, (wine, 1), (honey, 1)))

    rates = {line.offer_id: line.vat_permyriad for line in order.lines.all()}
    assert rates == {wine.pk: 2000, honey.pk: 0}


@pytest.mark.parametrize("count", [-1, 250, 600, 1_000_001])
def test_a_count_below_the_minimum_off_the_step_or_beyond_measure_is_refused(sale, count):
    part, pickup, user = sale
    offer = carrots(part, left=5000)

    with pytest.raises(rules.CountRefused, match="Carottes"):
        placing.place_order(**an_order(pickup, user, (offer, count)))

    nothing_happened(left=5000)


def test_steps_are_counted_from_the_minimum(sale):
    part, pickup, user = sale
    offer = carrots(part, step=200, minimum=500)

    assert placing.place_order(**an_order(pickup, user, (offer, 900))).lines.get().count == 900


def test_more_than_is_left_is_refused_and_says_what_may_be_had(sale):
    part, pickup, user = sale
    offer = carrots(part, left=750)

    with pytest.raises(rules.OfferSoldOut, match="il n’en reste que 750\u00a0g") as refused:
        placing.place_order(**an_order(pickup, user, (offer, 1000)))

    assert refused.value.left == {offer.pk: 750}
    nothing_happened(left=750)


def test_what_is_missing_of_one_product_refuses_the_whole_basket(sale):
    part, pickup, user = sale
    plenty, none = OfferFactory(participation=part), carrots(part, left=0)

    with pytest.raises(rules.OfferSoldOut, match="Carottes : épuisé"):
        placing.place_order(**an_order(pickup, user, (plenty, 1), (none, 500)))

    nothing_happened(left=0)


def test_an_offer_taken_off_sale_cannot_be_raised(sale):
    part, pickup, user = sale
    offer = carrots(part)
    Offer.objects.update(is_available=False)

    with pytest.raises(rules.OfferSoldOut):
        placing.place_order(**an_order(pickup, user, (offer, 500)))

    nothing_happened()


def test_a_closed_and_a_planned_participation_take_nothing(sale):
    part, pickup, user = sale
    offer = carrots(part)

    with pytest.raises(rules.SaleClosed, match=part.producer.organisation.name):
        placing.place_order(**an_order(pickup, user, (offer, 500), now=CLOSES))
    Participation.objects.update(state=SaleState.PLANNED)
    with pytest.raises(rules.SaleClosed):
        placing.place_order(**an_order(pickup, user, (offer, 500)))

    nothing_happened()


def test_an_offer_of_another_cycle_is_unknown(sale):
    _part, pickup, user = sale
    foreign = OfferFactory()

    with pytest.raises(rules.OfferUnknown):
        placing.place_order(**an_order(pickup, user, (foreign, 1)))

    nothing_happened()


def test_a_household_outside_the_group_is_asked_to_join(sale):
    part, pickup, _user = sale

    with pytest.raises(rules.NotAMember):
        placing.place_order(**an_order(pickup, UserFactory(), (carrots(part), 500)))

    nothing_happened()


def test_an_empty_basket_is_refused(sale):
    part, pickup, user = sale

    with pytest.raises(rules.NothingWanted):
        placing.place_order(**an_order(pickup, user, (carrots(part), 0)))

    nothing_happened()


def test_a_price_that_rose_is_refused_with_both_prices(sale):
    part, pickup, user = sale
    offer = carrots(part)
    arguments = an_order(pickup, user, (offer, 500))
    Offer.objects.update(unit_price=Money(400))

    with pytest.raises(rules.PriceRose, match="3,33\u00a0€ quand la page s’est affichée, 4,00\u00a0€ maintenant"):
        placing.place_order(**arguments)

    nothing_happened()


def test_a_price_that_fell_is_simply_paid(sale):
    part, pickup, user = sale
    offer = carrots(part)
    arguments = an_order(pickup, user, (offer, 1000))
    Offer.objects.update(unit_price=Money(300))

    assert placing.place_order(**arguments).lines.get().listed_amount == Money(300)


def test_raising_after_a_price_change_adds_a_line_of_its_own_at_the_new_price(sale):
    part, pickup, user = sale
    offer = carrots(part, left=5000)
    placing.place_order(**an_order(pickup, user, (offer, 500)))
    correcting.correct_offer(
        offer_id=offer.pk, price=Money(400), is_available=True, price_seen=Money(333), by=user, now=NOW
    )

    order = placing.place_order(**an_order(pickup, user, (fresh(offer), 750), version=1))

    lines = [(line.count, line.unit_price, line.listed_amount) for line in order.lines.order_by("pk")]
    assert lines == [(500, Money(333), Money(167)), (250, Money(400), Money(100))]
    assert Stock.objects.get().remaining == 4250


def test_lowering_takes_from_the_newest_line_first(sale):
    part, pickup, user = sale
    offer = carrots(part, left=5000)
    placing.place_order(**an_order(pickup, user, (offer, 500)))
    Offer.objects.update(unit_price=Money(400))
    placing.place_order(**an_order(pickup, user, (fresh(offer), 1000), version=1))

    order = placing.place_order(**an_order(pickup, user, (fresh(offer), 750), version=2))

    assert [(line.count, line.unit_price) for line in order.lines.active().order_by("pk")] == [
        (500, Money(333)),
        (250, Money(400)),
    ]
    assert Stock.objects.get().remaining == 4250


def test_keeping_a_count_keeps_its_price_whatever_the_price_is_now(sale):
    part, pickup, user = sale
    offer, other = carrots(part), OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, user, (offer, 500)))
    Offer.objects.filter(pk=offer.pk).update(unit_price=Money(900))
    kept = {offer.pk: Wanted(count=500, price_seen=Money(1)), other.pk: Wanted(count=1, price_seen=other.unit_price)}

    order = placing.place_order(**an_order(pickup, user, version=1, wanted=kept))

    assert order.lines.get(offer=offer).unit_price == Money(333)


def test_count_zero_drops_the_line_and_gives_its_stock_back_once(sale):
    part, pickup, user = sale
    offer, other = carrots(part, left=1000), OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, user, (offer, 750), (other, 1)))

    arguments = an_order(pickup, user, (offer, 0), version=1)
    for _ in range(2):
        order = placing.place_order(**arguments)

    assert Stock.objects.get().remaining == 1000
    assert [line.offer_id for line in order.lines.active()] == [other.pk]
    assert (order.version, order.state) == (2, OrderState.PLACED)


def test_offers_that_are_not_named_keep_their_lines(sale):
    part, pickup, user = sale
    first, second = OfferFactory(participation=part), OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, user, (first, 1)))

    order = placing.place_order(**an_order(pickup, user, (second, 2), version=1))

    assert {line.offer_id: line.count for line in order.lines.active()} == {first.pk: 1, second.pk: 2}


def test_a_stale_version_is_refused_with_both_baskets_merged(sale):
    part, pickup, user = sale
    first, second = OfferFactory(participation=part), OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, user, (first, 3)))

    with pytest.raises(rules.OrderChangedMeanwhile) as refused:
        placing.place_order(**an_order(pickup, user, (first, 1), (second, 2), version=0))

    assert refused.value.merged == {first.pk: 3, second.pk: 2}
    assert refused.value.version == 1
    assert OrderLine.objects.get().count == 3


def test_the_same_key_gives_the_same_order_and_another_basket_with_it_is_refused(sale):
    part, pickup, user = sale
    offer = carrots(part, left=5000)
    arguments = an_order(pickup, user, (offer, 500))
    first = placing.place_order(**arguments)

    again = placing.place_order(**{**arguments, "now": NOW + timedelta(minutes=1)})
    with pytest.raises(rules.KeyReused):
        placing.place_order(**an_order(pickup, user, (offer, 750), key=arguments["key"]))

    assert again.pk == first.pk
    assert Order.objects.get().version == 1
    assert Stock.objects.get().remaining == 4500


def test_the_last_place_of_a_pickup_is_taken_and_the_next_household_is_told(sale):
    part, _pickup, user = sale
    small = PickupFactory(cycle=part.cycle, capacity=1)
    offer = carrots(part, left=5000)
    placing.place_order(**an_order(small, user, (offer, 500)))

    with pytest.raises(rules.PickupFull):
        placing.place_order(**an_order(small, a_member(part.cycle.organisation), (offer, 500)))

    assert Order.objects.count() == 1
    assert Stock.objects.get().remaining == 4500


def test_cancelling_gives_stock_and_place_back_once(sale):
    part, pickup, user = sale
    offer = carrots(part, left=1000)
    order = placing.place_order(**an_order(pickup, user, (offer, 750)))

    assert cancelling.cancel_order(order_id=order.pk, by=user, now=NOW) is True
    assert cancelling.cancel_order(order_id=order.pk, by=user, now=NOW) is False

    assert fresh(order).state == OrderState.CANCELLED
    assert Stock.objects.get().remaining == 1000
    assert PickupCounter.objects.get().taken == 0
    assert OutboxEvent.objects.filter(name="baskets.order_cancelled").count() == 1


def test_ordering_again_after_cancelling_keeps_the_number_and_takes_a_place(sale):
    part, pickup, user = sale
    offer = carrots(part, left=1000)
    order = placing.place_order(**an_order(pickup, user, (offer, 750)))
    cancelling.cancel_order(order_id=order.pk, by=user, now=NOW)

    again = placing.place_order(**an_order(pickup, user, (offer, 500), version=2))

    assert (again.pk, again.number, again.state, again.version) == (order.pk, 1, OrderState.PLACED, 3)
    counter = PickupCounter.objects.get()
    assert (counter.taken, counter.last_number) == (1, 1)
    assert Stock.objects.get().remaining == 500


def test_cancelling_leaves_the_lines_of_a_farm_that_has_closed(sale):
    part, pickup, user = sale
    early = ParticipationFactory(cycle=part.cycle, closes_at=NOW + timedelta(hours=1))
    stays, goes = OfferFactory(participation=early), carrots(part, left=1000)
    order = placing.place_order(**an_order(pickup, user, (stays, 1), (goes, 500)))

    cancelling.cancel_order(order_id=order.pk, by=user, now=NOW + timedelta(hours=2))

    assert [line.offer_id for line in order.lines.active()] == [stays.pk]
    assert fresh(order).state == OrderState.PLACED
    assert Stock.objects.get().remaining == 1000


def test_nothing_can_be_cancelled_after_the_close(sale):
    part, pickup, user = sale
    order = placing.place_order(**an_order(pickup, user, (carrots(part), 500)))

    with pytest.raises(rules.SaleClosed):
        cancelling.cancel_order(order_id=order.pk, by=user, now=CLOSES)

    assert fresh(order).version == 1


def test_the_letter_confirms_each_version_once(sale):
    part, pickup, user = sale
    offer = carrots(part)
    order = placing.place_order(**an_order(pickup, user, (offer, 750)))

    for _ in range(2):
        outbox.deliver_due(now=NOW)

    letter = Letter.objects.get()
    assert letter.to == user.email
    assert letter.subject == "Commande n° 1 enregistrée : 2,50\u00a0€, samedi 28 novembre"
    assert "- Carottes, 750\u00a0g : 2,50\u00a0€" in letter.text
    assert order.code in letter.text
    assert "jeudi 26 novembre à 20\u00a0h" in letter.text


def test_a_basket_is_handed_over_once_and_each_move_can_be_undone(sale):
    part, pickup, user = sale
    order = placing.place_order(**an_order(pickup, user, (carrots(part), 500)))
    other = UserFactory()

    assert collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=user, now=NOW)
    assert not collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=other, now=NOW + timedelta(minutes=1))
    assert (fresh(order).collection_by, fresh(order).collection_at) == (user, NOW)
    with pytest.raises(collecting.CollectionRefused, match="déjà noté"):
        collecting.move(order_id=order.pk, to=Collection.ABSENT, by=other, now=NOW)
    assert collecting.move(order_id=order.pk, to=Collection.EXPECTED, by=other, now=NOW)
    assert collecting.move(order_id=order.pk, to=Collection.ABSENT, by=other, now=NOW)
    assert collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=other, now=NOW)


def test_a_cancelled_order_is_not_handed_over(sale):
    part, pickup, user = sale
    order = placing.place_order(**an_order(pickup, user, (carrots(part), 500)))
    cancelling.cancel_order(order_id=order.pk, by=user, now=NOW)

    with pytest.raises(collecting.CollectionRefused, match="annulée"):
        collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=user, now=NOW)


def test_a_price_corrected_meanwhile_by_somebody_else_is_not_overwritten(sale):
    part, _pickup, user = sale
    offer = carrots(part)
    changes = {"offer_id": offer.pk, "is_available": True, "by": user, "now": NOW}

    assert correcting.correct_offer(price=Money(350), price_seen=Money(333), **changes)
    assert not correcting.correct_offer(price=Money(350), price_seen=Money(333), **changes)
    with pytest.raises(correcting.CorrectionRefused, match="entre-temps"):
        correcting.correct_offer(price=Money(400), price_seen=Money(333), **changes)
    with pytest.raises(correcting.CorrectionRefused, match="pas ouverte"):
        correcting.correct_offer(price=Money(400), price_seen=Money(350), **{**changes, "now": CLOSES})

    assert fresh(offer).unit_price == Money(350)
