"""A cycle as its coordinator follows it, from the opening to the hand-over."""

import csv

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from cagette.core import clock
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from distribution.documents import safe_text
from distribution.queries import follow_up
from orders.cycles.models import Cycle


def _page(request: PersonRequest, group: str, cycle_id: int) -> follow_up.FollowUpPage:
    organisation = organisation_for(request.user, group, may_plan)
    cycle = get_object_or_404(Cycle.objects.select_related("organisation"), pk=cycle_id, organisation=organisation)
    search = request.GET.get("q", "").strip()[:80]
    return follow_up.follow_up_page(cycle=cycle, search=search, now=clock.now())


@login_required
@require_GET
def cycle(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Farms, lists, letters, points, orders, and whether the sums agree."""
    return render(request, "distribution/follow_up/cycle.html", {"page": _page(request, group, cycle_id)})


@login_required
@require_GET
def orders_csv(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """The orders of a cycle for a spreadsheet."""
    page = _page(request, group, cycle_id)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{page.cycle.slug}.csv"'
    sheet = csv.writer(response, delimiter=";", lineterminator="\r\n")
    sheet.writerow(["point", "numéro", "foyer", "état", "produits", "montant"])
    for item in page.orders:
        order = item.order
        row = [safe_text(order.pickup.point.name), order.number, safe_text(order.household.name)]
        sheet.writerow([*row, order.get_state_display(), item.products, item.amount.comma])
    return response
