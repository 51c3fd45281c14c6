"""Placing an order of 12 lines, against the same rows written by hand."""

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from benchmarks import figures
from benchmarks.rows import Scene, a_scene, bare
from cagette.core import clock
from cagette.people.models import User
from orders.baskets import placing
from orders.baskets.changing import Wanted

LINES, ROUNDS, QUERIES_MAX = 12, 40, 15


def run() -> Iterator[str]:
    """Print the figures; yield the promises that are not kept."""
    scene = a_scene(farms=6, offers_per_farm=4, households=ROUNDS + 2)
    by_hand = a_scene(farms=6, offers_per_farm=4, households=ROUNDS + 2)
    now = clock.now()  # the view reads the clock, not the domain
    count = figures.queries(lambda: _place(scene, scene.people[-1], now))
    connection = bare()
    ours, floor = figures.in_turn(
        lambda n: _place(scene, scene.people[n], now), lambda n: _by_hand(connection, by_hand, n), rounds=ROUNDS
    )
    connection.close()
    figures.show(f"placing an order of {LINES} lines", ours, floor, f"{count} queries (≤ {QUERIES_MAX})")
    if count > QUERIES_MAX:
        yield f"placing takes {count} queries, not {QUERIES_MAX} at the most"


def _place(scene: Scene, person: User, now: datetime) -> None:
    wanted = {offer.pk: Wanted(count=2, price_seen=offer.unit_price) for offer in scene.offers[:LINES]}
    placing.place_order(
        pickup_id=scene.pickup.pk, household_id=person.household_id or 0, by=person, version=0, wanted=wanted,
        key=uuid4(), now=now,
    )  # fmt: skip


def _by_hand(connection, scene, number) -> None:  # type: ignore[no-untyped-def]
    """One transaction: lock the stocks, take them, number, order, lines, key, news, audit."""
    offers = scene.offers[:LINES]
    stocks = sorted(offer.stock_id for offer in offers)
    person = scene.people[number]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM producers_stock WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [stocks])
        cursor.execute("UPDATE producers_stock SET remaining = remaining - 2 WHERE id = ANY(%s)", [stocks])
        cursor.execute(
            "UPDATE cycles_pickupcounter SET last_number = last_number + 1, taken = taken + 1 "
            "WHERE pickup_id = %s RETURNING last_number",
            [scene.pickup.pk],
        )
        taken = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO baskets_order (pickup_id, household_id, number, code, state, version, placed_at, changed_at, "
            "collection, collector) VALUES (%s, %s, %s, %s, 'placed', 1, now(), now(), 'expected', '') RETURNING id",
            [scene.pickup.pk, person.household_id, taken, f"H{taken:05d}"],
        )
        order_id = cursor.fetchone()[0]
        cursor.executemany(
            "INSERT INTO baskets_orderline (order_id, offer_id, count, unit, priced_in, unit_price, producer_price, "
            "listed_amount, final_amount, vat_permyriad, tolerance, may_replace, note, reason, placed_at) "
            "VALUES (%s, %s, 2, 'piece', 'piece', %s, %s, %s, %s, 210, 0, false, '', '', now())",
            [(order_id, o.pk, *[o.unit_price.cents] * 2, *[2 * o.unit_price.cents] * 2) for o in offers],
        )
        cursor.execute(
            "INSERT INTO baskets_placement (key, order_id, digest, version, placed_at) VALUES (%s, %s, 'x', 1, now())",
            [uuid4(), order_id],
        )
        cursor.execute(
            "INSERT INTO core_outboxevent (name, key, payload, recorded_at, due_at, attempts, error) "
            "VALUES ('bench', %s, '{}', now(), now(), 0, '')",
            [str(order_id)],
        )
        cursor.execute(
            "INSERT INTO core_auditentry (at, by_id, scope_id, verb, subject, detail) "
            "VALUES (now(), %s, %s, 'bench', 'x', '{}')",
            [person.pk, scene.group.pk],
        )
