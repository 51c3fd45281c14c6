"""A household's orders: the ticket, what it holds, who comes for it, all that ever was."""

import io

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock, links
from cagette.people.rules import PersonRequest
from orders.baskets import cancelling, collecting, rerouting, rules
from orders.baskets.forms import HistoryForm, PlaceForm
from orders.baskets.models import Order
from orders.baskets.queries import orders as order_queries
from orders.baskets.queries.history import history_page, orders_page
from orders.baskets.queries.household import pickup_to_repeat_in
from orders.baskets.queries.places import places_beside

PURPOSE = "retrait"  # of the links for who comes in a household's stead


def order_of(request: PersonRequest, group: str, pickup_id: int) -> Order:
    """The order of the person's household at that pickup, or not found."""
    mine = order_queries.orders_of(request.user.household_id or 0)
    found: Order = get_object_or_404(mine, pickup_id=pickup_id, pickup__cycle__organisation__slug=group)
    return found


@login_required
@require_GET
def order(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The household's order: its ticket at the point, and its papers."""
    mine, now = order_of(request, group, pickup_id), clock.now()
    page = order_queries.order_page(order=mine, now=now)
    again = pickup_to_repeat_in(mine, now=now) if not page.may_change and page.parts else None
    address = reverse("baskets:handed", args=[links.sign(PURPOSE, [mine.pk, mine.code])])
    context = {"page": page, "again": again, "shared": settings.BASE_URL + address}
    with timezone.override(page.group.zone):
        return render(request, "baskets/order.html", context)


def _picture(code: str) -> HttpResponse:
    out = io.BytesIO()
    segno.make_qr(code, error="m").save(out, kind="svg", scale=6, border=2, dark="#000", light="#fff")
    return HttpResponse(out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


@login_required
@require_GET
def code(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The order's collection code as a QR picture."""
    return _picture(order_of(request, group, pickup_id).code)


@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Ask once, then cancel what may still be cancelled."""
    mine = order_of(request, group, pickup_id)
    now = clock.now()
    if request.method == "POST":
        try:
            cancelling.cancel_order(order_id=mine.pk, by=request.user, now=now)
        except rules.SaleClosed as refused:
            messages.error(request, str(refused))
        return redirect("baskets:order", group, pickup_id)
    return render(request, "baskets/cancel.html", {"page": order_queries.order_page(order=mine, now=now)})


@login_required
@require_http_methods(["GET", "POST"])
def choose_pickup(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Take the order at another point of its sale, while every farm in it still takes orders."""
    mine, now = order_of(request, group, pickup_id), clock.now()
    form = PlaceForm(request.POST if request.method == "POST" else None, places=places_beside(mine.pickup))
    if request.method == "POST" and form.is_valid():
        to, slot_id = form.place()
        try:
            new = rerouting.choose_pickup(order_id=mine.pk, pickup_id=to, slot_id=slot_id, by=request.user, now=now)
        except rules.PlacingRefused as refused:
            form.add_error(None, str(refused))
        else:
            told = _("C’est changé : votre panier a un nouveau numéro et un nouveau code.")
            messages.success(request, told if new else _("C’était déjà fait : rien n’a changé."))
            return redirect("baskets:order", group, to)
    page = order_queries.order_page(order=mine, now=now)
    return render(request, "baskets/choose_pickup.html", {"page": page, "form": form})


@login_required
@require_POST
def name_collector(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Say who comes for the order."""
    mine = order_of(request, group, pickup_id)
    name = request.POST.get("qui", "")
    try:
        collecting.name_collector(order_id=mine.pk, name=name, by=request.user, now=clock.now())
    except collecting.CollectionRefused as refused:
        messages.error(request, str(refused))
    else:
        told = _("C’est noté : les bénévoles le verront.") if name.strip() else _("C’est noté : vous venez vous-même.")
        messages.success(request, told)
    return redirect(reverse("baskets:order", args=[group, pickup_id]) + "#qui-vient")


@login_required
@require_POST
def renew_code(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Another code: the old one and its links open nothing any more."""
    mine = order_of(request, group, pickup_id)
    try:
        collecting.renew_code(order_id=mine.pk, seen=request.POST.get("code", ""), by=request.user, now=clock.now())
    except collecting.CollectionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Nouveau code. L’ancien, et les liens déjà envoyés, n’ouvrent plus rien."))
    return redirect(reverse("baskets:order", args=[group, pickup_id]) + "#qui-vient")


def _private(response: HttpResponse) -> HttpResponse:
    """A page behind a secret address: kept by no cache, told to no other site."""
    patch_cache_control(response, private=True, no_store=True)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _handed(token: str) -> Order:
    """The order of a link that was sent on, while its code is the order's. Raises LinkExpired."""
    try:
        order_id, code = links.read(PURPOSE, token)
    except links.LinkForged as forged:
        raise Http404 from forged
    named = Order.objects.select_related("pickup__cycle__organisation", "pickup__point__commune", "slot")
    found = named.filter(pk=order_id, code=code).first()
    if found is None:
        raise links.LinkExpired
    return found


@require_GET
def handed(request: HttpRequest, token: str) -> HttpResponse:
    """A ticket for who comes in a household's stead: number, code, place and hour, nothing else."""
    try:
        found = _handed(token)
    except links.LinkExpired:
        return _private(render(request, "baskets/handed_no_more.html", status=410))
    page = order_queries.ticket_page(order=found)
    with timezone.override(page.group.zone):
        return _private(render(request, "baskets/handed.html", {"page": page, "token": token}))


@require_GET
def handed_code(request: HttpRequest, token: str) -> HttpResponse:
    """The same code as a picture."""
    try:
        return _private(_picture(_handed(token).code))
    except links.LinkExpired:
        return _private(render(request, "baskets/handed_no_more.html", status=410))


@login_required
@require_GET
def orders(request: PersonRequest) -> HttpResponse:
    """The household's next orders and its latest ones."""
    household_id = request.user.household_id
    if household_id is None:
        return redirect("people:household")
    page = orders_page(household_id=household_id, now=clock.now())
    return render(request, "baskets/orders.html", {"page": page})


@login_required
@require_GET
def history(request: PersonRequest) -> HttpResponse:
    """All that the household ever ordered."""
    household_id = request.user.household_id
    if household_id is None:
        return redirect("people:household")
    sought, number = HistoryForm(request.GET).sought()
    page = history_page(household_id=household_id, sought=sought, number=number)
    return render(request, "baskets/history.html", {"page": page})
