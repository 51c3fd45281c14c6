"""Letters to households: what is ordered, what is cancelled; once per version and person."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from cagette.core import mail, words
from cagette.people.models import User
from orders.baskets.enums import OrderState
from orders.baskets.models import Order
from orders.baskets.queries.orders import OrderPage, order_page


def confirm_order(*, now: datetime, order_id: int, version: int) -> None:
    """Tell each person of the household what is ordered. Twice, or overtaken by a newer version: nothing more."""
    page = _page(order_id, version, now)
    if page is None or page.order.state != OrderState.PLACED:
        return
    changed = "changée" if version > 1 else "enregistrée"
    when = words.day(page.group.local(page.order.pickup.starts_at))
    _write(page, "order", f"Commande n° {page.order.number} {changed} : {page.total}, {when}", now)


def confirm_cancellation(*, now: datetime, order_id: int, version: int) -> None:
    """Tell each person of the household that nothing is ordered any more. Twice: nothing more."""
    page = _page(order_id, version, now)
    if page is None or page.order.state != OrderState.CANCELLED:
        return
    _write(page, "cancelled", f"Commande n° {page.order.number} annulée", now)


def _page(order_id: int, version: int, now: datetime) -> OrderPage | None:
    orders = Order.objects.select_related("pickup__cycle__organisation", "pickup__point__commune", "household")
    order = orders.filter(pk=order_id, version=version).first()
    return order_page(order=order, now=now) if order else None


def _write(page: OrderPage, template: str, subject: str, now: datetime) -> None:
    order = page.order
    link = settings.BASE_URL + reverse("baskets:order", args=[page.group.slug, order.pickup_id])
    with timezone.override(page.group.zone):
        context = {"page": page, "link": link}
        text = render_to_string(f"baskets/letters/{template}.txt", context)
        html = render_to_string(f"baskets/letters/{template}.html", context)
    people = User.objects.filter(household_id=order.household_id, is_active=True).order_by("pk")
    for email in people.values_list("email", flat=True):
        mail.write_letter(
            key=f"order:{order.pk}:{order.version}:{email}", kind="order", to=email, subject=subject, text=text,
            html=html, scope_id=page.group.pk, reply_to=page.group.email, now=now,
        )  # fmt: skip
