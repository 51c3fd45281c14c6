"""Letters that many get without asking: openings, reminders. Each carries the address that stops its kind."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from cagette.core import letters, links, mail, words
from cagette.core.letters import Composed, Reader, Words
from cagette.core.mail import Draft
from cagette.people.models import Organisation, User
from orders.baskets.models import Order
from orders.baskets.notices import order_link, values_of
from orders.baskets.queries.dues import Due, dues_of
from orders.baskets.queries.reminders import Sale, ShopDoor, members_wanting, wanting, without_order
from orders.cycles.models import Cycle, Pickup

PURPOSE = "reminders"


def readers(people: "QuerySet[User]", reminder: str) -> list[Reader]:
    """People, each with the address that stops this kind of reminder: one query."""
    return [
        Reader(email, settings.BASE_URL + reverse("baskets:stop_reminder", args=[links.sign(PURPOSE, [pk, reminder])]))
        for pk, email in people.values_list("pk", "email")
    ]


def _sale(cycle: Cycle) -> Sale:
    pickups = list(cycle.pickups.select_related("point").order_by("starts_at", "pk"))
    return Sale(cycle, [ShopDoor(pickup, _shop(cycle.organisation, pickup)) for pickup in pickups])


def _shop(group: Organisation, pickup: Pickup) -> str:
    return f"{settings.BASE_URL}{reverse('baskets:shop', args=[group.slug, pickup.pk])}"


def _values_of(sales: Sequence[Sale]) -> dict[str, str]:
    days = dict.fromkeys(words.day(sale.cycle.delivery_on) for sale in sales)
    points = dict.fromkeys(door.point.name for sale in sales for door in sale.pickups)
    return {"jour": words.listed(list(days)), "point": words.listed(list(points))}


def announce_opening(*, group: Organisation, cycles: Sequence[Cycle], now: datetime) -> None:
    """Tell the members who want it that sales of their group are open: one letter for all that opened together."""
    to = readers(members_wanting("opening", group.pk), "opening")
    if not to:
        return
    letter = compose_opening(group, [_sale(cycle) for cycle in cycles], letters.words_of(group.pk, "opening"))
    key = f"opening:{min(cycle.pk for cycle in cycles)}"
    mail.write_letters(letters.drafts(letter, kind="opening", key=key, author=group, to=to), now=now)


def compose_opening(group: Organisation, sales: Sequence[Sale], own: Words) -> Composed:
    said = f"la vente du {words.day(sales[0].cycle.delivery_on)} est ouverte"
    return letters.compose(
        author=group, words=own, template="baskets/letters/opening", context={"sales": sales, "group": group},
        subject=f"{group.name} : {said if len(sales) == 1 else f'{len(sales)} ventes sont ouvertes'}",
        values=_values_of(sales),
    )  # fmt: skip


def recall_closing(*, cycle: Cycle, now: datetime) -> int:
    """Tell the members who want it and have not ordered that a sale closes; once for a day of closing. Returns how
    many letters this wrote: three queries where there is none to write."""
    group = cycle.organisation
    key = f"closing:{cycle.pk}:{group.local(cycle.closes_at).date()}"
    to = readers(without_order(members_wanting("closing", group.pk), cycle), "closing")
    known = mail.written(f"{key}:{reader.address}" for reader in to)
    fresh = [reader for reader in to if f"{key}:{reader.address}" not in known]
    if fresh:
        letter = compose_closing(_sale(cycle), letters.words_of(group.pk, "closing"), now)
        mail.write_letters(letters.drafts(letter, kind="closing", key=key, author=group, to=fresh), now=now)
    return len(fresh)


def compose_closing(sale: Sale, own: Words, now: datetime) -> Composed:
    group = sale.cycle.organisation
    closing = words.closing(group.local(sale.cycle.closes_at), group.local(now))
    return letters.compose(
        author=group, words=own, template="baskets/letters/closing", subject=f"{group.name} : la vente {closing}",
        context={"sale": sale, "group": group, "now": now}, values=_values_of([sale]),
    )  # fmt: skip


def recall_collections(*, group: Organisation, orders: Sequence[Order], now: datetime) -> int:
    """Tell the people of households whose orders wait today, once for a day; orders: all of this group. Returns how
    many letters this wrote. A few queries, however many orders."""
    to: dict[int, list[Reader]] = defaultdict(list)
    people = wanting("collection").filter(household__in=[order.household_id for order in orders])
    homes = dict(people.values_list("email", "household_id"))
    for reader in readers(people, "collection"):
        to[homes[reader.address]].append(reader)
    keys = {order.pk: f"collection:{order.pk}:{group.local(order.pickup.starts_at).date()}" for order in orders}
    known = mail.written(f"{keys[o.pk]}:{reader.address}" for o in orders for reader in to[o.household_id])
    fresh = {
        o.pk: [reader for reader in to[o.household_id] if f"{keys[o.pk]}:{reader.address}" not in known] for o in orders
    }
    own = letters.words_of(group.pk, "collection")
    written: list[Draft] = []
    for due in dues_of([order for order in orders if fresh[order.pk]]):
        letter = compose_collection(due, own)
        key, readers_of_it = keys[due.order.pk], fresh[due.order.pk]
        written += letters.drafts(letter, kind="collection", key=key, author=group, to=readers_of_it)
    mail.write_letters(written, now=now)
    return len(written)


def compose_collection(due: Due, own: Words, link: str = "") -> Composed:
    group, order = due.order.pickup.cycle.organisation, due.order
    window = words.window(group.local(due.starts_at), group.local(due.ends_at))
    return letters.compose(
        author=group, words=own, template="baskets/letters/collection", values=values_of(order),
        context={"due": due, "group": group, "link": link or order_link(order)},
        subject=f"Aujourd’hui, {window} : votre panier n° {order.number}, {due.point.name}",
    )  # fmt: skip
