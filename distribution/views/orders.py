"""A household's papers: an order as PDF, all orders as CSV."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET

from cagette.core import clock
from cagette.people.rules import PersonRequest
from distribution import papers
from orders.baskets.queries.history import history_records
from orders.baskets.queries.orders import order_page, orders_of


def _file(content: bytes, mime: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=mime)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    patch_cache_control(response, private=True, no_store=True)
    return response


@login_required
@require_GET
def order_pdf(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The household's own order on paper."""
    mine = orders_of(request.user.household_id or 0)
    order = get_object_or_404(mine, pickup_id=pickup_id, pickup__cycle__organisation__slug=group)
    content = papers.order_pdf(order_page(order=order, now=clock.now()))
    return _file(content, "application/pdf", f"commande-{order.number}.pdf")


@login_required
@require_GET
def history_csv(request: PersonRequest) -> HttpResponse:
    """All lines and fees of the household's orders."""
    if request.user.household_id is None:
        return redirect("people:household")
    content = papers.history_csv(history_records(household_id=request.user.household_id))
    return _file(content, "text/csv; charset=utf-8", "mes-commandes.csv")
