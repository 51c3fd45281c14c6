"""Moving, calling off or merging a sale, and moving one order: each deed on a page that says what will happen."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cagette.core import clock
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from distribution.forms import CloseForm, DayForm, MergeForm, PickupForm, ReasonForm, RerouteForm, close_shown
from distribution.queries import moves as queries
from distribution.queries.moves import MovesPage
from orders.baskets import calling_off, merging, postponing, reopening, rerouting, rules
from orders.baskets.models import Order
from orders.cycles.models import Cycle, Participation, Pickup
from orders.cycles.rescheduling import MoveRefused

REFUSALS = (MoveRefused, calling_off.CallingOffRefused, merging.MergeRefused, rules.PlacingRefused)


def _page(request: PersonRequest, group: str, cycle_id: int) -> MovesPage:
    organisation = organisation_for(request.user, group, may_plan)
    cycle = get_object_or_404(Cycle.objects.select_related("organisation"), pk=cycle_id, organisation=organisation)
    return queries.moves_page(cycle=cycle, now=clock.now())


def _part(page: MovesPage, participation_id: int) -> Participation:
    return get_object_or_404(
        Participation.objects.select_related("producer__organisation"), pk=participation_id, cycle=page.cycle
    )


def _typed(request: PersonRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _done(request: PersonRequest, form: forms.Form, act: Callable[[], object], *, said: str) -> bool:
    """Whether a posted form was carried out; a refusal is written on the form. A deed that changed nothing says so."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        acted = act()
    except REFUSALS as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, said if acted else _("C’était déjà fait : rien n’a changé."))
    return True


@login_required
@require_GET
def moves(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """What may become of a sale."""
    return render(request, "distribution/moves/moves.html", {"page": _page(request, group, cycle_id)})


@login_required
@require_http_methods(["GET", "POST"])
def close(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Move the close of a sale."""
    return _close(request, _page(request, group, cycle_id), None)


@login_required
@require_http_methods(["GET", "POST"])
def farm_close(request: PersonRequest, group: str, cycle_id: int, participation_id: int) -> HttpResponse:
    """Move one farm's own close."""
    page = _page(request, group, cycle_id)
    return _close(request, page, _part(page, participation_id))


def _close(request: PersonRequest, page: MovesPage, part: Participation | None) -> HttpResponse:
    shown = close_shown(part.closes_at if part else page.cycle.closes_at, page.cycle)
    form = CloseForm(_typed(request), initial=shown, group=page.group)
    said = _("La clôture est déplacée. Les foyers qui ont commandé et les fermes sont prévenus.")
    if _done(
        request, form, said=said,
        act=lambda: reopening.move_close(
            cycle_id=page.cycle.pk, closes_at=form.cleaned_data["closes_at"], by=request.user, now=clock.now(),
            participation_id=part.pk if part else None,
        ),
    ):  # fmt: skip
        return redirect("distribution:cycle", page.group.slug, page.cycle.pk)
    told = [(row.households, 1) for row in page.farms if part and row.participation.pk == part.pk]
    households, farms = told[0] if told else (page.baskets, len(page.coming))
    context = {"page": page, "form": form, "part": part, "households": households, "farms": farms}
    return render(request, "distribution/moves/close.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def delivery(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Move the delivery to another day: this date, or all that follow."""
    page = _page(request, group, cycle_id)
    form = DayForm(_typed(request), initial={"on": page.cycle.delivery_on}, repeats=page.repeats)
    said = _("La livraison est déplacée. Les foyers qui ont commandé et les fermes sont prévenus.")
    if _done(
        request, form, said=said,
        act=lambda: postponing.move_delivery(
            cycle_id=cycle_id, delivery_on=form.cleaned_data["on"], by=request.user, now=clock.now(),
            why=form.cleaned_data["why"], following=form.cleaned_data.get("which") == "following",
        ),
    ):  # fmt: skip
        return redirect("distribution:cycle", group, cycle_id)
    return render(request, "distribution/moves/delivery.html", {"page": page, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def pickup(request: PersonRequest, group: str, cycle_id: int, pickup_id: int) -> HttpResponse:
    """Move a pickup to another point or window."""
    page = _page(request, group, cycle_id)
    found = get_object_or_404(Pickup.objects.select_related("point"), pk=pickup_id, cycle=page.cycle)
    form = PickupForm(_typed(request), pickup=found, group=page.group)
    said = _("La distribution est déplacée. Les foyers qui y ont commandé et les fermes sont prévenus.")
    if _done(
        request, form, said=said,
        act=lambda: postponing.move_pickup(
            pickup_id=pickup_id, point_id=form.cleaned_data["point"], starts_at=form.cleaned_data["starts_at"],
            ends_at=form.cleaned_data["ends_at"], by=request.user, now=clock.now(), why=form.cleaned_data["why"],
        ),
    ):  # fmt: skip
        return redirect("distribution:cycle", group, cycle_id)
    baskets = next(part.baskets for part in page.pickups if part.pickup.pk == pickup_id)
    context = {"page": page, "form": form, "pickup": found, "baskets": baskets}
    return render(request, "distribution/moves/pickup.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def call_off(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Call a whole sale off."""
    page = _page(request, group, cycle_id)
    form = ReasonForm(_typed(request))
    if _done(
        request, form, said=_("La vente est annulée. Les foyers et les fermes sont prévenus."),
        act=lambda: calling_off.cancel_sale(
            cycle_id=cycle_id, reason=form.cleaned_data["why"], by=request.user, now=clock.now()
        ),
    ):  # fmt: skip
        return redirect("distribution:cycle", group, cycle_id)
    return render(request, "distribution/moves/call_off.html", {"page": page, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def call_off_farm(request: PersonRequest, group: str, cycle_id: int, participation_id: int) -> HttpResponse:
    """One farm comes no more."""
    page = _page(request, group, cycle_id)
    part = _part(page, participation_id)
    form = ReasonForm(_typed(request))
    if _done(
        request, form, said=_("C’est noté. La ferme et les foyers qui y ont commandé sont prévenus."),
        act=lambda: calling_off.cancel_farm(
            participation_id=part.pk, reason=form.cleaned_data["why"], by=request.user, now=clock.now()
        ),
    ):  # fmt: skip
        return redirect("distribution:cycle", group, cycle_id)
    households = next(row.households for row in page.farms if row.participation.pk == part.pk)
    context = {"page": page, "form": form, "part": part, "households": households}
    return render(request, "distribution/moves/call_off_farm.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def merge(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Choose the sale with which this one is delivered, then say where baskets go."""
    page = _page(request, group, cycle_id)
    chosen = request.GET.get("avec", "")
    other = next((one for one in page.others if str(one.pk) == chosen), None)
    if other is None:
        return render(request, "distribution/moves/merge_choose.html", {"page": page})
    both = queries.merge_page(sale=page, other=other)
    form = MergeForm(_typed(request), pickups=both.pickups, theirs=both.theirs)
    if _done(
        request, form, said=_("Les deux ventes sont réunies. Les foyers et les fermes sont prévenus."),
        act=lambda: merging.merge_sales(
            source_id=cycle_id, into_id=other.pk, by=request.user, now=clock.now(), why=form.cleaned_data["why"],
            points=form.by_pickup(),
        ),
    ):  # fmt: skip
        return redirect("distribution:cycle", group, other.pk)
    return render(request, "distribution/moves/merge.html", {"page": page, "both": both, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def reroute(request: PersonRequest, group: str, order_id: int) -> HttpResponse:
    """Move one order to another pickup of its sale."""
    organisation = organisation_for(request.user, group, may_plan)
    orders = Order.objects.select_related("household", "pickup__cycle__organisation", "pickup__point")
    order = get_object_or_404(orders, pk=order_id, pickup__cycle__organisation=organisation)
    page = queries.reroute_page(order=order)
    form = RerouteForm(_typed(request), places=page.places)

    def act() -> object:
        pickup_id, slot_id = form.place()
        return rerouting.move_order(
            order_id=order_id, pickup_id=pickup_id, slot_id=slot_id, reason=form.cleaned_data["why"], by=request.user,
            now=clock.now(),
        )  # fmt: skip

    if _done(request, form, act, said=_("La commande est déplacée. Le foyer est prévenu de son nouveau numéro.")):
        return redirect("distribution:correct", group, form.place()[0], order.household_id)
    return render(request, "distribution/moves/reroute.html", {"page": page, "form": form})
