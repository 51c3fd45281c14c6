"""Letters to households: what is ordered, cancelled, cut, final; once per version and person."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _l

from cagette.core import letters, mail, words
from cagette.core.letters import Composed, Words
from cagette.core.mail import Draft
from cagette.people.models import User
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import Order, Wait
from orders.baskets.queries.dues import CutsFor, Due, dues_of, is_over, orders_to_tell
from orders.baskets.queries.household import pickup_for
from orders.baskets.queries.orders import OrderPage, order_page
from orders.cycles.models import Participation


def confirm_order(*, now: datetime, order_id: int, version: int) -> None:
    """Tell each person of the household what is ordered. Twice, or overtaken by a newer version: nothing more."""
    page = _page(order_id, version, now)
    if page is None or page.order.state != OrderState.PLACED:
        return
    _write(page, "order", subject_of(page), now)


def confirm_cancellation(*, now: datetime, order_id: int, version: int) -> None:
    """Tell each person of the household that nothing is ordered any more. Twice: nothing more."""
    page = _page(order_id, version, now)
    if page is None or page.order.state != OrderState.CANCELLED:
        return
    _write(page, "cancelled", subject_of(page), now, kind="cancelled")


def subject_of(page: OrderPage) -> str:
    """What the letter of an order says above: what it comes to, and when it is collected."""
    order = page.order
    if page.is_cancelled:
        return f"Commande n° {order.number} annulée"
    changed = "changée" if order.version > 1 else "enregistrée"
    return f"Commande n° {order.number} {changed} : {page.total}, {words.day(page.group.local(order.pickup.starts_at))}"


# why lines changed without the household, as its letter says it
REASONS = {
    CancelReason.CASE: _l("Un colis se commande plein, et celui-ci ne l’était pas tout à fait à la clôture."),
    CancelReason.MINIMUM: _l("La ferme n’a pas reçu assez de commandes pour venir cette fois."),
    CancelReason.SHORTAGE: _l("La récolte est plus faible que prévu."),
    CancelReason.SALE: _l("La vente est annulée."),
    CancelReason.FARM: _l("La ferme ne vient plus."),
    CancelReason.COORDINATOR: _l("Votre groupe a corrigé votre commande."),
}


def tell_cut(
    *, now: datetime, order_id: int, version: int, reason: str, why: str, lines: list[list[str]], at_close: bool = False
) -> None:
    """Tell a household once what became of its lines, and why. lines: name, how much before, how much now. Later
    versions of the order do not overtake it: each cut is told. at_close: the letter of the close tells it."""
    if at_close:
        return
    orders = Order.objects.select_related("pickup__cycle__organisation", "pickup__point__commune", "household")
    page = order_page(order=orders.get(pk=order_id), now=now)
    cause = REASONS[CancelReason(reason)]
    subject = f"Commande n° {page.order.number} : {words.count_of(len(lines), 'produit change', 'produits changent')}"
    _write(page, "cut", subject, now, key=f"cut:{order_id}:{version}", kind="cut", lines=lines, cause=cause, why=why)


def tell_offer_is_back(*, now: datetime, wait_id: int, since: str) -> None:
    """Tell each person of a household once that what it waited for is to be had again. Twice, or once the wait was
    taken back or its farm has closed: nothing."""
    waits = Wait.objects.filter(pk=wait_id, told_at__isnull=False).select_related(
        "offer__product", "offer__participation__cycle__organisation", "offer__participation__producer__organisation"
    )
    wait = waits.first()
    if wait is None or wait.since_at.isoformat() != since or not wait.offer.participation.is_open(now):
        return
    part, product = wait.offer.participation, wait.offer.product
    group, pickup = part.cycle.organisation, pickup_for(household_id=wait.household_id, cycle_id=part.cycle_id)
    if pickup is None:
        return
    address = reverse("baskets:shop", args=[group.slug, pickup.pk])
    context = {
        "product": product, "farm": part.producer.organisation, "group": group, "closes_at": part.closes_at,
        "link": f"{settings.BASE_URL}{address}#offre-{wait.offer_id}",
    }  # fmt: skip
    to = list(_people([wait.household_id]).values_list("email", flat=True))
    letters.write(
        "wait", author=group, to=to, key=f"wait:{wait.pk}:{since}",
        subject=f"{product.name} : il y en a de nouveau", template="baskets/letters/back", context=context, now=now,
        values={"jour": words.day(part.cycle.delivery_on), "produit": product.name},
    )  # fmt: skip


# what moved, as the subject of its letter and its first sentence say it
MOVES = {
    "close": ("la clôture est déplacée", "La clôture est déplacée"),
    "reopened": ("la vente rouvre", "La vente rouvre : vous pouvez changer votre commande. La clôture est déplacée"),
    "day": ("la livraison est déplacée", "La livraison est déplacée"),
    "place": ("le lieu ou l’heure du retrait change", "Votre retrait change"),
}


def tell_moved(
    *, now: datetime, cycle_id: int, what: str, before: str, after: str, why: str, stamp: str,
    participations: list[int], pickup_id: int | None = None, more: Sequence[list[Any]] = (),
) -> None:  # fmt: skip
    """Tell each household that has ordered what moved, once: the close of a farm that it orders from, the day, its
    point."""
    orders = Order.objects.filter(
        state=OrderState.PLACED, pickup__cycle=cycle_id, lines__cancelled_at=None,
        lines__offer__participation__in=participations,
    ).distinct()  # fmt: skip
    if pickup_id is not None:
        orders = orders.filter(pickup=pickup_id)
    subject, said = MOVES[what]
    for order in orders.select_related(*NEEDED).order_by("pk"):
        _write(
            order_page(order=order, now=now), "moved", f"Commande n° {order.number} : {subject}", now,
            key=f"moved:{order.pk}:{what}:{stamp}", kind="moved", said=said, before=before, after=after, why=why,
        )  # fmt: skip


def tell_order_moved(*, now: datetime, order_id: int, version: int, why: str, before: list[str], sale: str) -> None:
    """Tell a household once where its order is now. before: what it was, in words; sale: the one that it was merged
    into, empty when only the point changed."""
    page = order_page(order=Order.objects.select_related(*NEEDED).get(pk=order_id), now=now)
    subject = f"Votre commande est déplacée : panier n° {page.order.number}"
    _write(
        page, "order_moved", subject, now, key=f"order_moved:{order_id}:{version}", kind="moved", before=before,
        sale=sale, why=why,
    )  # fmt: skip


NEEDED = ("pickup__cycle__organisation", "pickup__point__commune", "household")


def tell_close(*, now: datetime, participation_id: int, **_called_off: object) -> None:
    """When the last farm of a sale has closed (or was called off), tell each household once what is final, what was cut
    and why, where and when to collect. A sale that opened and closed again tells those whose order has changed since.
    """
    cycle_id = Participation.objects.values_list("cycle_id", flat=True).get(pk=participation_id)
    if not is_over(cycle_id):
        return
    orders, cuts = orders_to_tell(cycle_id, now)
    people: dict[int, list[str]] = defaultdict(list)
    homes = [order.household_id for order in orders]
    for home, email in _people(homes).values_list("household_id", "email"):
        people[home].append(email)
    keys = {order.pk: f"close:{order.pk}:{order.version}" for order in orders}
    known = mail.written(f"{keys[o.pk]}:{email}" for o in orders for email in people[o.household_id])
    to = {o.pk: [e for e in people[o.household_id] if f"{keys[o.pk]}:{e}" not in known] for o in orders}
    written: list[Draft] = []
    own: Words | None = None
    for due in dues_of([order for order in orders if to[order.pk]]):
        group = due.order.pickup.cycle.organisation
        own = letters.words_of(group.pk, "close") if own is None else own
        letter = compose_close(due, cuts.get(due.order.pk, []), own)
        written += letters.drafts(letter, kind="close", key=keys[due.order.pk], author=group, to=to[due.order.pk])
    mail.write_letters(written, now=now)


def compose_close(due: Due, cuts: Sequence[CutsFor], own: Words, link: str = "") -> Composed:
    """The letter of a close for one order; cuts: what the close took from it, by reason."""
    order, group = due.order, due.order.pickup.cycle.organisation
    said = "a changé à la clôture" if cuts else f"est définitive, {due.total}"
    if not due.lines:
        said = "ne garde aucun produit"
    return letters.compose(
        author=group, words=own, template="baskets/letters/close", values=values_of(order),
        subject=f"{group.name} : votre commande n° {order.number} {said}",
        context={
            "due": due, "group": group, "link": link or order_link(order),
            "cuts": [(REASONS[CancelReason(part.reason)], part.lines) for part in cuts],
        },
    )  # fmt: skip


def _people(households: Sequence[int]) -> "QuerySet[User]":
    return User.objects.filter(household__in=households, is_active=True).order_by("pk")


def _page(order_id: int, version: int, now: datetime) -> OrderPage | None:
    orders = Order.objects.select_related("pickup__cycle__organisation", "pickup__point__commune", "household")
    order = orders.filter(pk=order_id, version=version).first()
    return order_page(order=order, now=now) if order else None


def _write(
    page: OrderPage, template: str, subject: str, now: datetime, *, key: str = "", kind: str = "order", **more: Any
) -> None:
    order = page.order
    key = key or f"order:{order.pk}:{order.version}"
    link = order_link(order)
    to = list(_people([order.household_id]).values_list("email", flat=True))
    letters.write(
        kind, author=page.group, to=to, key=key, subject=subject,
        template=f"baskets/letters/{template}", context={"page": page, "link": link, **more}, now=now,
        values=values_of(order),
    )  # fmt: skip


def values_of(order: Order) -> dict[str, str]:
    """What {jour}, {point} and {numero} stand for in a group's own words."""
    local = order.pickup.cycle.organisation.local(order.pickup.starts_at)
    return {"jour": words.day(local), "point": order.pickup.point.name, "numero": str(order.number)}


def order_link(order: Order) -> str:
    """The page of an order (with its pickup's cycle and group)."""
    address = reverse("baskets:order", args=[order.pickup.cycle.organisation.slug, order.pickup_id])
    return f"{settings.BASE_URL}{address}"
