"""The life of orders, driven at random: whatever happens, orders = lists = packing, and stock adds up.

Twenty-five lives of forty steps in the suite, the same ones every time. So many others, and what they did:
LIFE_RUNS=500 LIFE_STEPS=50 ./test tests/test_life.py -s
"""

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cagette.core import integrity, outbox
from cagette.core.money import Money, total
from distribution import closing, versioning
from distribution.models import PickingLine, PickingList, PickingRow
from distribution.queries import stand
from orders.baskets import (
    calling_off,
    cancelling,
    correcting,
    merging,
    placing,
    postponing,
    reopening,
    rerouting,
    rules,
    shortening,
)
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine, Shortage
from orders.cycles import correcting as offer_correcting
from orders.cycles import rescheduling
from orders.cycles.enums import CaseRule, MinimumRule, Rationing, SaleState
from orders.cycles.models import Offer, Participation, Pickup
from producers import announcing
from producers.enums import StockMode
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    an_order,
)

pytestmark = pytest.mark.django_db

WEEK = timedelta(weeks=1)
RUNS, STEPS = int(os.environ.get("LIFE_RUNS", "25")), int(os.environ.get("LIFE_STEPS", "40"))
HOUSEHOLDS, PICKUPS, OFFERS = 4, 5, 10
LIVELY = (
    "written",
    "shortened",
    "version 0",
    "version 1",
    "refused: OfferSoldOut",
    "refused: SaleClosed",
    "close moved",
)
# letters are composed elsewhere: here the news is heard by those who keep the sums
HEARD = {
    "producers.harvest_corrected": [shortening.note_shortage],
    "baskets.lines_changed_after_close": [versioning.note_change],
}


@dataclass(frozen=True)
class World:
    """Two groups that share a farm's stock. The first has two sales a week apart at the same two points, of which one
    holds few baskets; the second has one sale."""

    people: list
    pickups: list
    offers: list
    coordinator: object
    cycle: object
    later: object


def a_world():
    cycle = CycleFactory(case_rule=CaseRule.CUT, minimum_rule=MinimumRule.CANCEL)
    garden = ParticipationFactory(cycle=cycle, minimum=Money(1500))
    baker = ParticipationFactory(cycle=cycle, closes_at=CLOSES - timedelta(hours=4))
    other = ParticipationFactory(cycle=CycleFactory(), producer=garden.producer)
    carrots = ProductFactory(
        producer=garden.producer, unit="gram", priced_in="gram", step=250, minimum=500, unit_price=Money(340),
        stock_mode=StockMode.TOTAL,
    )  # fmt: skip
    shared = Stock.objects.create(product=carrots, announced=6000, remaining=6000)
    eggs = ProductFactory(producer=garden.producer, stock_mode=StockMode.PER_DELIVERY, unit_price=Money(240))
    laid = Stock.objects.create(product=eggs, delivery_on=cycle.delivery_on, announced=10, remaining=10)
    hen = ProductFactory(
        producer=garden.producer, priced_in="gram", content=1800, content_unit="gram", unit_price=Money(990)
    )
    case = ProductFactory(producer=garden.producer, case_size=6, maximum=9, unit_price=Money(333))
    offers = [
        OfferFactory(participation=garden, product=carrots, stock=shared),
        OfferFactory(participation=garden, product=eggs, stock=laid),
        OfferFactory(participation=garden, product=hen),
        OfferFactory(participation=garden, product=case),
        OfferFactory(participation=baker, left=8),
        OfferFactory(participation=baker),
        OfferFactory(participation=other, product=carrots, stock=shared),
    ]
    pickups = [PickupFactory(cycle=cycle, capacity=2), PickupFactory(cycle=cycle), PickupFactory(cycle=other.cycle)]
    later = CycleFactory(
        organisation=cycle.organisation, delivery_on=cycle.delivery_on + WEEK, closes_at=CLOSES + WEEK,
        case_rule=CaseRule.GROUP_TAKES,
    )  # fmt: skip
    again = ParticipationFactory(cycle=later, producer=garden.producer)
    to_lay = Stock.objects.create(product=eggs, delivery_on=later.delivery_on, announced=6, remaining=6)
    offers += [
        OfferFactory(participation=again, product=carrots, stock=shared),
        OfferFactory(participation=again, product=eggs, stock=to_lay),
        OfferFactory(participation=again, product=case),
    ]
    ParticipationFactory(cycle=later, producer=baker.producer)
    for pickup in pickups[:2]:
        start, end, capacity = pickup.starts_at + WEEK, pickup.ends_at + WEEK, pickup.capacity and 3
        pickups.append(PickupFactory(cycle=later, point=pickup.point, starts_at=start, ends_at=end, capacity=capacity))
    people = [a_member(cycle.organisation) for _ in range(HOUSEHOLDS)]
    for person in people:
        person.household.memberships.create(organisation=other.cycle.organisation, joined_on=NOW.date())
    return World(people, pickups, offers, UserFactory(), cycle, later)


slips = st.sampled_from(("", "", "", "off the step", "another screen", "the price rose"))
wishes = st.dictionaries(st.integers(0, OFFERS - 1), st.integers(0, 6), min_size=1, max_size=4)
tolerances = st.sampled_from((0, 0, 1, 3))
anybody, anywhere, anything = st.integers(0, HOUSEHOLDS - 1), st.integers(0, PICKUPS - 1), st.integers(0, OFFERS - 1)


class Life(RuleBasedStateMachine):
    """What households, farms, coordinators and the clock may do, in any order."""

    world: World
    seen: Counter[str]

    @initialize()
    def begin(self):
        self.now = NOW
        self.versions = {}
        self.savepoint = transaction.atomic()
        self.savepoint._from_testcase = True  # as the tests' own: durable functions run inside it
        self.savepoint.__enter__()

    def teardown(self):
        try:
            self.end_all()
            self.all_agrees()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # --- what people do ---

    @rule(who=anybody, where=anywhere, wish=wishes, slip=slips, tolerance=tolerances)
    def place(self, who, where, wish, slip, tolerance):
        pickup, person = self.world.pickups[where], self.world.people[who]
        wanted = self._counts(pickup, wish, off_step=slip == "off the step")
        version = self._version(pickup, person) + (slip == "another screen")
        order = an_order(pickup, person, *wanted.items(), version=version, now=self.now)
        order["wanted"] = {
            key: replace(want, tolerance=tolerance * bool(Offer.objects.get(pk=key).product.case_size))
            for key, want in order["wanted"].items()
        }
        if slip == "the price rose":
            self.correct_price(next(iter(wanted)), 1250)
        self._try(
            lambda: placing.place_order(**order), rules.PlacingRefused,
            lambda: {offer.pk: count for offer, count in wanted.items()}, pickup, person,
        )  # fmt: skip

    @rule(who=anybody, where=anywhere, wish=wishes, tolerance=tolerances)
    def order(self, who, where, wish, tolerance):
        self.place(who, where, wish, "", tolerance)

    @rule(who=anybody, where=anywhere)
    def cancel(self, who, where):
        order = Order.objects.filter(
            pickup=self.world.pickups[where], household_id=self.world.people[who].household_id
        ).first()
        if order is None:
            return
        before = self._picture()
        try:
            moved = cancelling.cancel_order(order_id=order.pk, by=self.world.people[who], now=self.now)
        except rules.SaleClosed:
            moved = False
        assert moved or self._picture() == before

    @rule(who=anybody, where=anywhere, wish=wishes)
    def correct(self, who, where, wish):
        pickup, person = self.world.pickups[where], self.world.people[who]
        wanted = {offer.pk: count for offer, count in self._counts(pickup, wish).items()}
        self._try(
            lambda: correcting.correct_order(
                pickup_id=pickup.pk, household_id=person.household_id, counts=wanted, reason="Au téléphone.",
                version=self._version(pickup, person), by=self.world.coordinator, now=self.now,
            ), rules.PlacingRefused, lambda: wanted, pickup, person,
        )  # fmt: skip

    @rule(what=anything, cents=st.integers(200, 1200))
    def correct_a_price(self, what, cents):
        self.correct_price(self.world.offers[what], cents)

    def correct_price(self, offer, cents):
        seen = Offer.objects.get(pk=offer.pk).unit_price
        try:
            offer_correcting.correct_offer(
                offer_id=offer.pk, price=Money(cents), is_available=True, price_seen=seen, by=self.world.coordinator,
                now=self.now,
            )  # fmt: skip
        except offer_correcting.CorrectionRefused:
            assert not Participation.objects.get(pk=offer.participation_id).is_open(self.now)

    @rule(which=st.integers(0, 1), amount=st.integers(0, 6), rationing=st.sampled_from(("", *Rationing.values)))
    def announce(self, which, amount, rationing):
        product = self.world.offers[which].product
        announcing.announce_harvest(
            product_id=product.pk, day=self.world.pickups[0].cycle.delivery_on, seen=None, now=self.now,
            amount=amount * (product.step if product.unit == "gram" else 1), by=self.world.coordinator,
        )  # fmt: skip
        outbox.deliver_due(now=self.now)
        for shortage in Shortage.objects.filter(settled_at=None, stock__short__gt=0).select_related("stock__product"):
            if rationing:
                self.shorten(shortage, rationing)

    def shorten(self, shortage, rationing):
        proposed = shortening.propose(shortage, rationing=rationing)
        taken = sum(cut.line.count - cut.count for cut in proposed)
        before = Stock.objects.get(pk=shortage.stock_id).short
        self.seen["shortened"] += 1

        assert shortening.settle_shortage(
            shortage_id=shortage.pk, counts={cut.line.pk: cut.count for cut in proposed},
            seen={cut.line.pk: cut.line.count for cut in proposed}, rationing=rationing, by=self.world.coordinator,
            now=self.now,
        )  # fmt: skip

        assert Stock.objects.get(pk=shortage.stock_id).short == before - taken

    # --- what a coordinator does to a whole sale ---

    @rule(who=anybody, where=anywhere, to=anywhere)
    def move_order(self, who, where, to):
        order = self._order(self.world.pickups[where], self.world.people[who])
        if order is None:
            return
        self._do("moved", rules.PlacingRefused, lambda: rerouting.move_order(
            order_id=order.pk, pickup_id=self.world.pickups[to].pk, reason="Plus près.", by=self.world.coordinator,
            now=self.now,
        ))  # fmt: skip

    @rule(hours=st.sampled_from((1, 6, 30)))
    def close_later(self, hours):
        self._do("close moved", rescheduling.MoveRefused, lambda: reopening.move_close(
            cycle_id=self.world.cycle.pk, closes_at=CLOSES + timedelta(hours=hours), by=self.world.coordinator,
            now=self.now,
        ))  # fmt: skip

    @rule(which=st.integers(0, 20))
    def call_off(self, which):
        """Once in a while: a farm or a sale is called off, goes into the next one, is delivered another day."""
        by, now = self.world.coordinator, self.now
        if which == 0:
            self._do("called off", calling_off.CallingOffRefused, lambda: calling_off.cancel_sale(
                cycle_id=self.world.cycle.pk, reason="Neige.", by=by, now=now,
            ))  # fmt: skip
        elif which in (1, 2):
            part = self.world.offers[0 if which == 1 else 4].participation_id
            self._do("called off", calling_off.CallingOffRefused, lambda: calling_off.cancel_farm(
                participation_id=part, reason="Grippe.", by=by, now=now,
            ))  # fmt: skip
        elif which < 6:
            self._do("merged", merging.MergeRefused, lambda: merging.merge_sales(
                source_id=self.world.cycle.pk, into_id=self.world.later.pk, by=by, now=now, why="Neige.",
            ))  # fmt: skip

        elif which < 9:
            self._do("delivery moved", rescheduling.MoveRefused, lambda: postponing.move_delivery(
                cycle_id=self.world.cycle.pk, delivery_on=self.world.cycle.delivery_on + timedelta(days=which - 5),
                by=by, now=now,
            ))  # fmt: skip

    # --- what goes on by itself ---

    @rule(minutes=st.sampled_from((1, 4, 6, 60)))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.now < CLOSES)
    @rule(hours=st.sampled_from((4, 0, 0)))
    def a_close_comes(self, hours):
        self.now = max(self.now, CLOSES - timedelta(hours=hours))
        closing.close_due(now=self.now)

    @rule()
    def sweep(self):
        closing.close_due(now=self.now)
        outbox.deliver_due(now=self.now)
        versioning.write_due(now=self.now)

    @invariant()
    def nothing_is_wrong(self):
        self.seen["steps"] += 1
        if hasattr(self, "now"):
            found = integrity.check_all(now=self.now)
            assert [f.text for findings in found.values() for f in findings if f.kind == "wrong"] == []

    @invariant()
    def no_version_ever_changes(self):
        if hasattr(self, "now"):
            now = {written.pk: _picture_of(written) for written in PickingList.objects.all()}
            assert {key: now[key] for key in self.versions} == self.versions
            self.versions = now

    # --- at the end ---

    def end_all(self):
        self.now = max(self.now, CLOSES + WEEK) + timedelta(minutes=10)
        closing.close_due(now=self.now)
        outbox.deliver_due(now=self.now)
        versioning.write_due(now=self.now + versioning.PAUSE)
        self.nothing_is_wrong()
        self.no_version_ever_changes()

    def all_agrees(self):
        """Orders = lists = packing, to the unit and the cent; stock − open shortage = announced − active lines."""
        for part in Participation.objects.filter(state=SaleState.CLOSED):
            newest = part.picking_lists.order_by("-version")[0]
            self.seen[f"version {min(newest.version, 2)}"] += 1
            listed = PickingLine.objects.filter(row__picking_list=newest)
            ordered = OrderLine.objects.active().filter(offer__participation=part)
            assert set(listed.values_list("order_line_id", "count", "amount", "pickup_id")) == set(
                ordered.values_list("pk", "count", "listed_amount", "order__pickup_id")
            )
            assert newest.amount == total([line.listed_amount for line in ordered])
        self.seen["cut"] += OrderLine.objects.filter(reason__in=("case", "minimum")).count()
        for pickup in Pickup.objects.all():
            page = stand.packing_page(pickup=pickup, by="panier", now=self.now)
            mine = PickingLine.objects.filter(pickup=pickup, row__picking_list__in=_newest())
            assert page.amount == total([line.amount for line in mine])
        for stock in Stock.objects.all():
            lines = OrderLine.objects.active().filter(offer__stock=stock)
            sold = sum(line.count for line in lines)
            assert stock.remaining - stock.short == stock.announced - sold

    # --- how it looks and tries ---

    def _counts(self, pickup, wish, off_step=False):
        sold = [offer for offer in self.world.offers if offer.participation.cycle_id == pickup.cycle_id]
        found = {}
        for index, steps in wish.items():
            offer = sold[index % len(sold)]
            offer.refresh_from_db(fields=["unit_price"])
            product = offer.product
            found[offer] = (product.minimum + (steps - 1) * product.step) * (steps > 0) + off_step
        return found

    def _order(self, pickup, person):
        return Order.objects.filter(pickup=pickup, household_id=person.household_id).first()

    def _version(self, pickup, person):
        order = self._order(pickup, person)
        return order.version if order else 0

    def _held(self, pickup, person):
        order = self._order(pickup, person)
        return rules.counts_by_offer(list(order.lines.active())) if order else {}

    def _picture(self):
        return (
            list(OrderLine.objects.order_by("pk").values_list("pk", "count", "listed_amount", "cancelled_at")),
            list(Stock.objects.order_by("pk").values_list("pk", "announced", "remaining", "short")),
            list(Order.objects.order_by("pk").values_list("pk", "version", "state", "number")),
        )

    def _do(self, name, refusal, deed):
        """Do it, or be refused and find that nothing has changed."""
        before = self._picture()
        try:
            with transaction.atomic():
                transaction.get_connection().atomic_blocks[-1]._from_testcase = True
                done = deed()
        except refusal:
            assert self._picture() == before
        else:
            self.seen[name] += bool(done)

    def _try(self, deed, refusal, wanted, pickup, person):
        """Do it: all of what was wanted is then held, or nothing at all has changed."""
        before, held = self._picture(), self._held(pickup, person)
        try:
            with transaction.atomic():
                transaction.get_connection().atomic_blocks[-1]._from_testcase = True
                order = deed()
        except refusal as refused:
            self.seen[f"refused: {type(refused).__name__}"] += 1
            assert self._picture() == before
        else:
            self.seen["written"] += 1
            assert self._held(pickup, person) == {k: n for k, n in (held | wanted()).items() if n}
            assert (order.state == OrderState.PLACED) == bool(self._held(pickup, person))


def _newest():
    lists = PickingList.objects.order_by("participation", "-version").distinct("participation")
    return [written.pk for written in lists]


def _picture_of(written):
    rows = PickingRow.objects.filter(picking_list=written).order_by("pk")
    lines = PickingLine.objects.filter(row__picking_list=written).order_by("pk")
    return (
        written.number, written.version, written.order_count, written.amount,
        tuple(rows.values_list("pk", "name", "count", "amount")),
        tuple(lines.values_list("pk", "order_line_id", "pickup_id", "count", "amount", "note")),
    )  # fmt: skip


def test_whatever_happens_orders_lists_packing_and_stock_agree(monkeypatch):
    monkeypatch.setattr(outbox, "_handlers", {**{name: [] for name in outbox._handlers}, **HEARD})
    Life.world, Life.seen = a_world(), Counter()
    assert len(Life.world.offers) == OFFERS

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, database=None,
            derandomize="LIFE_RUNS" not in os.environ, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )  # fmt: skip
    print(f"\n{RUNS} lives of {STEPS} steps: {dict(Life.seen.most_common())}")  # noqa: T201 - for those who drive them
    assert [kind for kind in LIVELY if not Life.seen[kind]] == [], "lives in which nothing happens prove nothing"
