"""Finding a point, planning cycles, correcting offers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock
from cagette.core.money import Money
from cagette.people import joining
from cagette.people.models import Organisation
from cagette.people.rules import PersonRequest, may_plan, may_run_farm, organisation_for
from cagette.places.models import DeliveryPoint
from orders.cycles import correcting, inviting, planning, queries
from orders.cycles.forms import OfferForm, PlanForm, initial_of
from orders.cycles.models import Cycle, Offer, Participation


@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """Find a delivery point, by commune or postcode."""
    page = queries.points_page(search=request.GET.get("q", "").strip()[:80], now=clock.now())
    return render(request, "cycles/points.html", {"page": page})


def _point(slug: str) -> DeliveryPoint:
    return get_object_or_404(DeliveryPoint.objects.select_related("commune", "organisation"), slug=slug, is_active=True)


@require_GET
def point(request: HttpRequest, point: str) -> HttpResponse:
    """A point: where it is, what can be ordered there, who delivers."""
    household_id = getattr(request.user, "household_id", None)
    page = queries.point_page(point=_point(point), household_id=household_id, now=clock.now())
    return render(request, "cycles/point.html", {"page": page})


@login_required
@require_POST
def join(request: PersonRequest, point: str) -> HttpResponse:
    """Join the group of a point."""
    found = _point(point)
    if request.user.household_id is None:
        return redirect("people:household")
    joining.join_group(
        household_id=request.user.household_id, organisation_id=found.organisation_id, by=request.user, now=clock.now()
    )
    messages.success(request, _("Bienvenue chez %(group)s.") % {"group": found.organisation.name})
    following = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(following, allowed_hosts=None):
        return redirect(following)
    return redirect("cycles:point", point)


@login_required
@require_GET
def plans(request: PersonRequest, group: str) -> HttpResponse:
    """A group's cycles."""
    organisation = organisation_for(request.user, group, may_plan)
    return render(request, "cycles/planning.html", {"page": queries.planning_page(group=organisation, now=clock.now())})


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: PersonRequest, group: str) -> HttpResponse:
    """Plan a cycle, like the last one a week later to begin with."""
    organisation = organisation_for(request.user, group, may_plan)
    last = queries.last_cycle(organisation)
    initial = initial_of(last, days=7) if last else {}
    form = PlanForm(request.POST or None, initial=initial, group=organisation, farms=queries.listed_farms(organisation))
    if request.method == "POST" and form.is_valid():
        try:
            cycle = planning.plan_cycle(
                group=organisation,
                by=request.user,
                plan=form.cleaned_data["plan"],
                now=clock.now(),
                key=form.cleaned_data["key"],
            )
        except planning.PlanRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("cycles:cycle", group, cycle.pk)
    return render(request, "cycles/plan.html", {"form": form, "group": organisation, "cycle": None})


def _cycle(organisation: Organisation, cycle_id: int) -> Cycle:
    return get_object_or_404(Cycle.objects.select_related("organisation"), pk=cycle_id, organisation=organisation)


@login_required
@require_GET
def cycle(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """The address of a sale: its page shows lists too, and lives higher up in the house."""
    organisation = organisation_for(request.user, group, may_plan)
    return redirect("distribution:cycle", group, _cycle(organisation, cycle_id).pk)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Change a cycle that has not opened."""
    organisation = organisation_for(request.user, group, may_plan)
    found = _cycle(organisation, cycle_id)
    form = PlanForm(
        request.POST or None,
        initial=initial_of(found, days=0),
        group=organisation,
        farms=queries.listed_farms(organisation),
    )
    if request.method == "POST" and form.is_valid():
        try:
            planning.replan_cycle(cycle_id=cycle_id, by=request.user, plan=form.cleaned_data["plan"], now=clock.now())
        except planning.PlanRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("cycles:cycle", group, cycle_id)
    return render(request, "cycles/plan.html", {"form": form, "group": organisation, "cycle": found})


@login_required
@require_POST
def invite(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Invite the farms that were not yet."""
    organisation = organisation_for(request.user, group, may_plan)
    found = _cycle(organisation, cycle_id)
    count = inviting.invite_producers(cycle_id=found.pk, by=request.user, now=clock.now())
    messages.success(request, _("Les invitations partent.") if count else _("Toutes les fermes étaient déjà invitées."))
    return redirect("cycles:cycle", group, cycle_id)


@login_required
@require_POST
def remove(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Take a plan back."""
    organisation = organisation_for(request.user, group, may_plan)
    found = _cycle(organisation, cycle_id)
    try:
        planning.remove_cycle(cycle_id=found.pk, by=request.user, now=clock.now())
    except planning.PlanRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("La vente est retirée ; les fermes invitées sont prévenues."))
    return redirect("cycles:planning", group)


def _participation(request: PersonRequest, farm: str, participation_id: int) -> Participation:
    organisation = organisation_for(request.user, farm, may_run_farm)
    found = Participation.objects.select_related("cycle__organisation", "producer__organisation")
    return get_object_or_404(found, pk=participation_id, producer__organisation=organisation)


@login_required
@require_GET
def offers(request: PersonRequest, farm: str, participation_id: int) -> HttpResponse:
    """A farm's offers in a sale."""
    page = queries.offers_page(participation=_participation(request, farm, participation_id), now=clock.now())
    return render(request, "cycles/offers.html", {"page": page})


@login_required
@require_POST
def correct(request: PersonRequest, farm: str, participation_id: int, offer_id: int) -> HttpResponse:
    """Correct the price of an offer, or take it off sale."""
    participation = _participation(request, farm, participation_id)
    offer = get_object_or_404(Offer, pk=offer_id, participation=participation)
    form = OfferForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, str(form.errors.get("price", [_("Le formulaire est incomplet. Rechargez la page.")])[0])
        )
        return redirect("cycles:offers", farm, participation_id)
    try:
        changed = correcting.correct_offer(
            offer_id=offer.pk, price=form.cleaned_data["price"], is_available=form.cleaned_data["is_available"],
            price_seen=Money(form.cleaned_data["seen"]), by=request.user, now=clock.now(),
        )  # fmt: skip
    except correcting.CorrectionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _("C’est changé. Les commandes déjà passées gardent leur prix.") if changed else _("Rien à changer."),
        )
    return redirect("cycles:offers", farm, participation_id)
