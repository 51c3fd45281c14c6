"""Planning sales: the form, and what is done with a plan."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock
from cagette.people.models import Organisation
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from orders.cycles import inviting, planning
from orders.cycles.forms.planning import PlanForm, initial_of
from orders.cycles.models import Cycle
from orders.cycles.queries.planning import last_cycle, listed_farms, planning_page


@login_required
@require_GET
def plans(request: PersonRequest, group: str) -> HttpResponse:
    """A group's cycles."""
    organisation = organisation_for(request.user, group, may_plan)
    return render(request, "cycles/planning.html", {"page": planning_page(group=organisation, now=clock.now())})


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: PersonRequest, group: str) -> HttpResponse:
    """Plan a cycle, like the last one a week later to begin with."""
    organisation = organisation_for(request.user, group, may_plan)
    last = last_cycle(organisation)
    initial = initial_of(last, days=7) if last else {}
    form = PlanForm(request.POST or None, initial=initial, group=organisation, farms=listed_farms(organisation))
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
        farms=listed_farms(organisation),
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
