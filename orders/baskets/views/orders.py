"""A household's orders: the ticket, and all of them."""

import io

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from cagette.core import clock
from cagette.people.rules import PersonRequest
from orders.baskets import cancelling, rules
from orders.baskets.models import Order
from orders.baskets.queries import orders as order_queries


def _order(request: PersonRequest, group: str, pickup_id: int) -> Order:
    orders = Order.objects.select_related("pickup__cycle__organisation", "pickup__point__commune", "household")
    mine = orders.filter(household_id=request.user.household_id or 0)
    return get_object_or_404(mine, pickup_id=pickup_id, pickup__cycle__organisation__slug=group)


@login_required
@require_GET
def order(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The household's order: its ticket at the point."""
    page = order_queries.order_page(order=_order(request, group, pickup_id), now=clock.now())
    return render(request, "baskets/order.html", {"page": page})


@login_required
@require_GET
def code(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The order's collection code as a QR picture."""
    mine = _order(request, group, pickup_id)
    out = io.BytesIO()
    segno.make_qr(mine.code, error="m").save(out, kind="svg", scale=6, border=2, dark="#000", light="#fff")
    return HttpResponse(
        out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"}
    )


@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Ask once, then cancel what may still be cancelled."""
    mine = _order(request, group, pickup_id)
    now = clock.now()
    if request.method == "POST":
        try:
            cancelling.cancel_order(order_id=mine.pk, by=request.user, now=now)
        except rules.SaleClosed as refused:
            messages.error(request, str(refused))
        return redirect("baskets:order", group, pickup_id)
    return render(request, "baskets/cancel.html", {"page": order_queries.order_page(order=mine, now=now)})


@login_required
@require_GET
def orders(request: PersonRequest) -> HttpResponse:
    """The household's orders."""
    household_id = request.user.household_id
    if household_id is None:
        return redirect("people:household")
    return render(
        request, "baskets/orders.html", {"page": order_queries.orders_page(household_id=household_id, now=clock.now())}
    )
