"""Closing 2,000 orders of 12 lines from 60 producers, lists written and letters queued; the same rows by hand."""

import resource
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks import figures
from benchmarks.rows import Scene, a_scene, bare, orders_of
from cagette.core import clock
from distribution import closing
from distribution.models import PickingLine, PickingList
from orders.cycles.models import Participation

FARMS, ORDERS, LINES, QUERIES_MAX = 60, 2000, 12, 12


def run() -> Iterator[str]:
    """Print the figures; yield the promises that are not kept."""
    scene = a_scene(farms=FARMS, offers_per_farm=8, households=ORDERS)
    orders_of(scene, lines=LINES)
    connection = bare()
    began = time.perf_counter()
    _by_hand(connection, scene)
    floor = (time.perf_counter() - began) * 1000
    connection.close()

    now = clock.now() - timedelta(seconds=1)
    Participation.objects.filter(cycle=scene.cycle).update(closes_at=now)
    first = figures.queries(lambda: closing.close_next(now=clock.now(), passed_over=set()))
    began = time.perf_counter()
    closed = closing.close_due(now=clock.now())
    ours = (time.perf_counter() - began) * 1000 * FARMS / (FARMS - 1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    what = f"closing {ORDERS} orders × {LINES} lines × {FARMS} producers"
    figures.show(what, ours, floor, f"{first} queries a producer (≤ {QUERIES_MAX}), {memory} MB at the most")

    lines = PickingLine.objects.filter(pickup=scene.pickup).count()
    lists = PickingList.objects.filter(participation__cycle=scene.cycle).count()
    if (closed + 1, lists, lines) != (FARMS, FARMS, ORDERS * LINES):
        yield f"{closed + 1} closed, {lists} lists with {lines} lines"
    if first > QUERIES_MAX:
        yield f"closing takes {first} queries a producer, not {QUERIES_MAX} at the most"


def _by_hand(connection: Any, scene: Scene) -> None:
    """Read each producer's lines with what a list shows of them, sum them, copy lists, rows and lines into twins."""
    with connection.cursor() as cursor:
        for table in ("pickinglist", "pickingrow", "pickingline"):
            cursor.execute(f"CREATE TEMP TABLE twin_{table} (LIKE distribution_{table} INCLUDING ALL)")
    for number, part in enumerate(scene.parts, 1):
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM cycles_participation WHERE id = %s FOR NO KEY UPDATE", [part.pk])
            cursor.execute(
                "SELECT l.id, l.order_id, l.count, l.listed_amount, l.unit_price, l.unit, p.id, p.reference, p.name, "
                "o.pickup_id FROM baskets_orderline l JOIN cycles_offer f ON f.id = l.offer_id "
                "JOIN producers_product p ON p.id = f.product_id JOIN baskets_order o ON o.id = l.order_id "
                "WHERE f.participation_id = %s AND l.cancelled_at IS NULL ORDER BY o.pickup_id, o.number, l.id",
                [part.pk],
            )
            _copy(cursor, number, part.pk, cursor.fetchall())


def _copy(cursor: Any, number: int, part_id: int, lines: list[Any]) -> None:
    rows: dict[Any, list[Any]] = {}
    for line in lines:
        rows.setdefault((line[6], line[5], line[4]), []).append(line)
    cursor.execute(
        "INSERT INTO twin_pickinglist (id, participation_id, number, version, written_at, order_count, amount) "
        "OVERRIDING SYSTEM VALUE VALUES (%s, %s, 1, 1, now(), %s, %s)",
        [number, part_id, len({line[1] for line in lines}), sum(line[3] for line in lines)],
    )
    row_columns = (
        "id, picking_list_id, product_id, reference, name, piece_name, pieces_name, unit, unit_price, "
        "priced_in, count, amount"
    )
    with cursor.copy(f"COPY twin_pickingrow ({row_columns}) FROM STDIN") as copy:
        for place, ((product, unit, price), mine) in enumerate(rows.items()):
            sums = sum(line[2] for line in mine), sum(line[3] for line in mine)
            head = number * 1000 + place, number, product, mine[0][7], mine[0][8], "", "", unit, price, unit
            copy.write_row((*head, *sums))
    with cursor.copy(
        "COPY twin_pickingline (id, row_id, order_line_id, order_id, pickup_id, count, amount, note, may_replace) "
        "FROM STDIN"
    ) as copy:
        for place, mine in enumerate(rows.values()):
            for line in mine:
                copy.write_row((line[0], number * 1000 + place, line[0], line[1], line[9], line[2], line[3], "", False))
