"""The orders desk of a group: correct an order, order for a household, settle a shortage, send a version now."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock
from cagette.people.models import Household
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from distribution import versioning
from distribution.forms import FormRefused, numbered, read_counts, read_number
from distribution.queries import desk as desk_queries
from orders.baskets import correcting, rules, shortening
from orders.baskets.models import OrderLine, Shortage
from orders.cycles.enums import Rationing
from orders.cycles.models import Cycle, GroupSettings, Offer, Participation, Pickup


def _cycle(request: PersonRequest, group: str, cycle_id: int) -> Cycle:
    organisation = organisation_for(request.user, group, may_plan)
    return get_object_or_404(Cycle.objects.select_related("organisation"), pk=cycle_id, organisation=organisation)


def _search(request: PersonRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:80]


@login_required
@require_GET
def add_order(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Choose the household to order for, and its point."""
    page = desk_queries.add_page(cycle=_cycle(request, group, cycle_id), search=_search(request))
    return render(request, "distribution/desk/add.html", {"page": page})


@login_required
@require_http_methods(["GET", "POST"])
def correct(request: PersonRequest, group: str, pickup_id: int, household_id: int) -> HttpResponse:
    """One household's order as its coordinator corrects it, with a reason; also after the close."""
    organisation = organisation_for(request.user, group, may_plan)
    pickups = Pickup.objects.select_related("cycle__organisation", "point")
    pickup = get_object_or_404(pickups, pk=pickup_id, cycle__organisation=organisation)
    known = Household.objects.filter(memberships__organisation=organisation) | Household.objects.filter(
        orders__pickup=pickup
    )
    household = get_object_or_404(known.distinct(), pk=household_id)
    refusal = ""
    if request.method == "POST":
        try:
            _correct(request, pickup, household)
        except (rules.PlacingRefused, FormRefused) as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("C’est corrigé. Le foyer est prévenu, avec votre raison."))
            return redirect("distribution:correct", group, pickup_id, household_id)
    page = desk_queries.correct_page(pickup=pickup, household=household, search=_search(request))
    context = {"page": page, "refusal": refusal, "reason": request.POST.get("reason", "")[:200]}
    return render(request, "distribution/desk/correct.html", context, status=409 if refusal else 200)


def _correct(request: PersonRequest, pickup: Pickup, household: Household) -> None:
    typed = numbered(request.POST, "count-")
    offers = Offer.objects.filter(participation__cycle=pickup.cycle_id, pk__in=typed).select_related("product")
    counts = read_counts(typed, {offer.pk: offer.product for offer in offers})
    correcting.correct_order(
        pickup_id=pickup.pk, household_id=household.pk, counts=counts,
        version=read_number(request.POST.get("version", "")), reason=request.POST.get("reason", ""), by=request.user,
        now=clock.now(),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def shortage(request: PersonRequest, group: str, cycle_id: int, shortage_id: int) -> HttpResponse:
    """Whom to shorten: a proposal by the group's rule or another, then what the coordinator decides."""
    cycle = _cycle(request, group, cycle_id)
    rows = Shortage.objects.select_related(
        "stock__product", "participation__cycle__organisation", "participation__producer__organisation"
    )
    found = get_object_or_404(rows, pk=shortage_id, participation__cycle=cycle)
    if request.method == "POST":
        try:
            settled = _settle(request, found)
        except (shortening.ShorteningRefused, FormRefused) as refused:
            messages.error(request, str(refused))
            return redirect("distribution:shortage", group, cycle_id, shortage_id)
        said = _("C’est décidé. Chaque foyer concerné est prévenu.") if settled else _("C’était déjà décidé.")
        messages.success(request, said)
        return redirect("distribution:cycle", group, cycle_id)
    if found.settled_at is not None:
        return redirect("distribution:cycle", group, cycle_id)
    page = desk_queries.shortage_page(shortage=found, rationing=_rationing(request, cycle), now=clock.now())
    return render(request, "distribution/desk/shortage.html", {"page": page})


def _rationing(request: PersonRequest, cycle: Cycle) -> str:
    """The rule that is asked for, else the group's."""
    asked = request.POST.get("regle", "") or request.GET.get("regle", "")
    if asked in Rationing.values:
        return asked
    settings = GroupSettings.objects.filter(organisation=cycle.organisation_id).first()
    return settings.rationing if settings else Rationing.LAST_COME


def _settle(request: PersonRequest, found: Shortage) -> bool:
    typed = numbered(request.POST, "count-")
    seen = {key: read_number(text) for key, text in numbered(request.POST, "seen-").items()}
    lines = OrderLine.objects.filter(pk__in=typed, offer__participation=found.participation_id)
    products = {line.pk: line.offer.product for line in lines.select_related("offer__product")}
    return shortening.settle_shortage(
        shortage_id=found.pk, counts=read_counts(typed, products), seen=seen,
        rationing=_rationing(request, found.participation.cycle), by=request.user, now=clock.now(),
    )  # fmt: skip


@login_required
@require_POST
def send_now(request: PersonRequest, group: str, cycle_id: int, participation_id: int) -> HttpResponse:
    """Write the next version of a list without waiting."""
    cycle = _cycle(request, group, cycle_id)
    participation = get_object_or_404(Participation, pk=participation_id, cycle=cycle)
    written = versioning.send_now(participation_id=participation.pk, by=request.user, now=clock.now())
    said = _("La nouvelle version part.") if written else _("Rien n’a changé : la ferme a déjà le bon à jour.")
    messages.success(request, said)
    return redirect("distribution:cycle", group, cycle_id)
