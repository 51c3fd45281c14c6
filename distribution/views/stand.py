"""The day itself: distributions, the stand, the sheets it is prepared with."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from cagette.core import clock
from cagette.people.rules import PersonRequest, may_hand_over, organisation_for
from distribution import sheets
from distribution.queries import stand as stand_queries
from orders.baskets import collecting
from orders.baskets.enums import Collection
from orders.baskets.models import Order
from orders.cycles.models import Pickup

MOVES = {"remis": Collection.COLLECTED, "absent": Collection.ABSENT, "defaire": Collection.EXPECTED}


def _pickup(request: PersonRequest, group: str, pickup_id: int) -> Pickup:
    organisation = organisation_for(request.user, group, may_hand_over)
    pickups = Pickup.objects.select_related("cycle__organisation", "point__commune")
    return get_object_or_404(pickups, pk=pickup_id, cycle__organisation=organisation)


@login_required
@require_GET
def days(request: PersonRequest, group: str) -> HttpResponse:
    """A group's distributions, to come and past."""
    organisation = organisation_for(request.user, group, may_hand_over)
    page = stand_queries.days_page(group=organisation, now=clock.now())
    return render(request, "distribution/stand/days.html", {"page": page})


@login_required
@require_GET
def stand(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Find a household and hand its basket over; htmx gets the list alone."""
    pickup = _pickup(request, group, pickup_id)
    search, tab = request.GET.get("q", "").strip()[:80], request.GET.get("etat", "")[:12]
    page = stand_queries.stand_page(pickup=pickup, search=search, tab=tab, now=clock.now())
    template = "distribution/stand/_guests.html" if getattr(request, "htmx", False) else "distribution/stand/stand.html"
    return render(request, template, {"page": page})


@login_required
@require_POST
def move(request: PersonRequest, group: str, pickup_id: int, order_id: int) -> HttpResponse:
    """Handed over, absent, or undone; a second tap is told what the first one did."""
    pickup = _pickup(request, group, pickup_id)
    order = get_object_or_404(Order.objects.select_related("household"), pk=order_id, pickup=pickup)
    to = MOVES.get(request.POST.get("geste", ""))
    if to is not None:
        try:
            moved = collecting.move(order_id=order.pk, to=to, by=request.user, now=clock.now())
        except collecting.CollectionRefused as refused:
            messages.error(request, str(refused))
        else:
            order.refresh_from_db()
            messages.success(request, _told(order, to, moved))
    address = reverse("distribution:stand", args=[group, pickup_id])
    return redirect(f"{address}?{urlencode({'etat': request.POST.get('etat', '')[:12]})}#panier-{order.number}")


def _told(order: Order, to: Collection, moved: bool) -> str:
    who = f"{order.household.name}, panier n° {order.number}"
    done = {"collected": "remis", "absent": "noté absent", "expected": "de nouveau attendu"}[to]
    if moved or order.collection_by is None:
        return f"{who} : {done}."
    return f"{who} : déjà {done} par {order.collection_by.get_full_name()}."


@login_required
@require_GET
def packing(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Who gets what at a point."""
    page = _packing(request, group, pickup_id)
    return render(request, "distribution/stand/packing.html", {"page": page})


def _packing(request: PersonRequest, group: str, pickup_id: int) -> stand_queries.PackingPage:
    pickup = _pickup(request, group, pickup_id)
    by = "produit" if request.GET.get("par") == "produit" else "panier"
    return stand_queries.packing_page(pickup=pickup, by=by, now=clock.now())


def _file(content: bytes, mime: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=mime, headers={"Content-Disposition": f'inline; filename="{name}"'})


@login_required
@require_GET
def packing_pdf(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The packing list on paper."""
    page = _packing(request, group, pickup_id)
    return _file(sheets.packing_pdf(page), "application/pdf", f"repartition-{pickup_id}.pdf")


@login_required
@require_GET
def packing_csv(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The packing list as CSV."""
    page = _packing(request, group, pickup_id)
    return _file(sheets.packing_csv(page), "text/csv; charset=utf-8", f"repartition-{pickup_id}.csv")


@login_required
@require_GET
def attendance(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Who is expected, with a box to sign once printed."""
    return render(request, "distribution/stand/attendance.html", {"page": _packing(request, group, pickup_id)})


@login_required
@require_GET
def attendance_pdf(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The attendance sheet on paper."""
    page = _packing(request, group, pickup_id)
    return _file(sheets.attendance_pdf(page), "application/pdf", f"emargement-{pickup_id}.pdf")
