"""The shop's page at 50 and at 500 offers, against bare psycopg reading the same rows."""

from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import reverse

from benchmarks import figures
from benchmarks.rows import Scene, a_scene, bare

ROUNDS = 8


def run() -> Iterator[str]:
    """Print the figures; yield the promises that are not kept."""
    counts = {}
    for farms in (5, 50):
        scene = a_scene(farms=farms, offers_per_farm=10, households=1)
        counts[farms * 10] = _measure(scene, farms * 10)
    if len(set(counts.values())) > 1:
        yield f"the shop takes {counts} queries: not the same number"


def _measure(scene: Scene, offers: int) -> int:
    client = Client(SERVER_NAME="testserver")
    client.force_login(scene.people[0])
    address = reverse("baskets:shop", args=[scene.group.slug, scene.pickup.pk])
    count = figures.queries(lambda: client.get(address))
    size = len(client.get(address).content) // 1024
    connection = bare()
    ours, floor = figures.in_turn(lambda n: client.get(address), lambda n: _by_hand(connection, scene), rounds=ROUNDS)
    connection.close()
    figures.show(
        f"the shop's page, {offers} offers, logged in", ours, floor, f"{count} queries, {size} kB before compression"
    )
    return count


def _by_hand(connection: Any, scene: Scene) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.*, p.*, s.*, o.* FROM cycles_offer f JOIN producers_product p ON p.id = f.product_id "
            "LEFT JOIN producers_stock s ON s.id = f.stock_id JOIN cycles_participation t ON t.id = f.participation_id "
            "JOIN producers_producer r ON r.id = t.producer_id JOIN people_organisation o ON o.id = r.organisation_id "
            "WHERE t.cycle_id = %s",
            [scene.cycle.pk],
        )
        cursor.fetchall()
