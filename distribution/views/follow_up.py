"""A cycle as its coordinator follows it, from the opening to the hand-over."""

import csv
import re
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from cagette.core import clock
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from distribution.documents import safe_text
from distribution.queries import follow_up
from distribution.queries import orders as order_queries
from orders.cycles.models import Cycle


def _cycle(request: PersonRequest, group: str, cycle_id: int) -> Cycle:
    organisation = organisation_for(request.user, group, may_plan)
    return get_object_or_404(Cycle.objects.select_related("organisation"), pk=cycle_id, organisation=organisation)


@login_required
@require_GET
def cycle(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """What to decide by when; farms, lists, letters, points, rules, and whether the sums agree."""
    page = follow_up.follow_up_page(cycle=_cycle(request, group, cycle_id), now=clock.now())
    with timezone.override(page.group.zone):
        return render(request, "distribution/follow_up/cycle.html", {"page": page})


def _sought(request: PersonRequest) -> order_queries.Sought:
    """What is looked for; what cannot be read is nothing."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    return order_queries.Sought(text, _key(request.GET.get("point", "")), _key(request.GET.get("ferme", "")))


def _key(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


@login_required
@require_GET
def orders(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """The orders of a sale, a hundred a page."""
    number = _key(request.GET.get("page", "")) or 1
    found = _cycle(request, group, cycle_id)
    page = order_queries.orders_page(cycle=found, sought=_sought(request), number=number)
    return render(request, "distribution/follow_up/orders.html", {"page": page})


@login_required
@require_GET
def orders_csv(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """The orders that are sought, all of them, for a spreadsheet."""
    found = _cycle(request, group, cycle_id)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.slug}.csv"'
    sheet = csv.writer(response, delimiter=";", lineterminator="\r\n")
    sheet.writerow(["point", "numéro", "foyer", "état", "produits", "montant"])
    for order in order_queries.orders_of(found, _sought(request)):
        row = [safe_text(order.pickup.point.name), order.number, safe_text(order.household.name)]
        counted: Any = order
        sheet.writerow([*row, order.get_state_display(), counted.products, counted.amount.comma])
    return response
