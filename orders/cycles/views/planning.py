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
from orders.cycles import deciding, inviting, planning
from orders.cycles.forms.planning import PlanForm
from orders.cycles.forms.starting import first_values, values_of
from orders.cycles.models import Cycle
from orders.cycles.queries.planning import ground_of, last_cycle


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: PersonRequest, group: str) -> HttpResponse:
    """Plan a cycle, like the last one to begin with."""
    organisation, now = organisation_for(request.user, group, may_plan), clock.now()
    ground = ground_of(organisation, today=organisation.local(now).date())
    form = PlanForm(
        request.POST or None,
        initial=first_values(organisation, last_cycle(organisation), ground, now=now),
        group=organisation,
        ground=ground,
        fees=deciding.fee_choices(organisation, None),
    )
    if request.method == "POST" and form.is_valid():
        try:
            cycle = planning.plan_cycle(
                group=organisation, by=request.user, plan=form.cleaned_data["plan"], now=now,
                key=form.cleaned_data["key"],
            )  # fmt: skip
        except planning.PlanRefused as refused:
            form.refuse(refused)
        else:
            return redirect("cycles:cycle", group, cycle.pk)
    return render(request, "cycles/plan.html", {"form": form, "group": organisation, "cycle": None})


def cycle_of(organisation: Organisation, cycle_id: int) -> Cycle:
    """A sale of the group in the address; Http404 for another's."""
    return get_object_or_404(Cycle.objects.select_related("organisation"), pk=cycle_id, organisation=organisation)


@login_required
@require_GET
def cycle(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """The address of a sale: its page shows lists too, and lives higher up in the house."""
    organisation = organisation_for(request.user, group, may_plan)
    return redirect("distribution:cycle", group, cycle_of(organisation, cycle_id).pk)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Change a cycle that has not opened."""
    organisation = organisation_for(request.user, group, may_plan)
    found, now = cycle_of(organisation, cycle_id), clock.now()
    form = PlanForm(
        request.POST or None,
        initial=values_of(found, days=0),
        group=organisation,
        ground=ground_of(organisation, today=organisation.local(now).date(), cycle=found),
        fees=deciding.fee_choices(organisation, found),
    )
    if request.method == "POST" and form.is_valid():
        try:
            planning.replan_cycle(cycle_id=cycle_id, by=request.user, plan=form.cleaned_data["plan"], now=now)
        except planning.PlanRefused as refused:
            form.refuse(refused)
        else:
            return redirect("cycles:cycle", group, cycle_id)
    return render(request, "cycles/plan.html", {"form": form, "group": organisation, "cycle": found})


@login_required
@require_POST
def invite(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Invite the farms that were not yet."""
    organisation = organisation_for(request.user, group, may_plan)
    found = cycle_of(organisation, cycle_id)
    count = inviting.invite_producers(cycle_id=found.pk, by=request.user, now=clock.now())
    messages.success(request, _("Les invitations partent.") if count else _("Toutes les fermes étaient déjà invitées."))
    return redirect("cycles:cycle", group, cycle_id)


@login_required
@require_POST
def remind(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Ask the farms again that have not answered."""
    organisation = organisation_for(request.user, group, may_plan)
    found = cycle_of(organisation, cycle_id)
    count = inviting.remind_producers(cycle_id=found.pk, by=request.user, now=clock.now())
    said = _("Les relances partent.") if count else _("Elles ont déjà été relancées aujourd’hui.")
    messages.success(request, said)
    return redirect("cycles:cycle", group, cycle_id)


@login_required
@require_POST
def remove(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Take a plan back."""
    organisation = organisation_for(request.user, group, may_plan)
    found = cycle_of(organisation, cycle_id)
    try:
        planning.remove_cycle(cycle_id=found.pk, by=request.user, now=clock.now())
    except planning.PlanRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("La vente est retirée ; les fermes invitées sont prévenues."))
    return redirect("cycles:planning", group)
