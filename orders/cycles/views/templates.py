"""Templates of sales, and sales like another one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock
from cagette.core.localtime import HourMissing
from cagette.people.models import Organisation
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from orders.cycles import cloning, templating
from orders.cycles.checking import PlanRefused
from orders.cycles.forms.templates import DayForm, KeepForm, LikeForm, RhythmForm, rhythm_typed
from orders.cycles.models import CycleTemplate
from orders.cycles.queries.clones import like_page
from orders.cycles.queries.templates import template_page, templates_page
from orders.cycles.views.planning import cycle_of


def _template(organisation: Organisation, template_id: int) -> CycleTemplate:
    found = CycleTemplate.objects.select_related("organisation")
    return get_object_or_404(found, pk=template_id, organisation=organisation)


@login_required
@require_GET
def templates(request: PersonRequest, group: str) -> HttpResponse:
    """A group's templates."""
    organisation = organisation_for(request.user, group, may_plan)
    return render(request, "cycles/templates.html", {"page": templates_page(group=organisation)})


@login_required
@require_http_methods(["GET", "POST"])
def keep(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Keep a sale as a template."""
    organisation = organisation_for(request.user, group, may_plan)
    cycle = cycle_of(organisation, cycle_id)
    form = KeepForm(request.POST or None, initial={"name": cycle.template.name if cycle.template else ""})
    if request.method == "POST" and form.is_valid():
        try:
            template = templating.keep_template(
                cycle_id=cycle.pk, name=form.cleaned_data["name"], by=request.user, now=clock.now()
            )
        except templating.TemplateRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Le modèle est gardé. Dites ici quand la vente revient, si elle revient."))
            return redirect("cycles:template", group, template.pk)
    return render(request, "cycles/keep.html", {"form": form, "group": organisation, "cycle": cycle})


@login_required
@require_http_methods(["GET", "POST"])
def template(request: PersonRequest, group: str, template_id: int) -> HttpResponse:
    """A template with its next dates; on POST its rhythm is set."""
    organisation, now = organisation_for(request.user, group, may_plan), clock.now()
    found = _template(organisation, template_id)
    form = RhythmForm(request.POST or None, initial=rhythm_typed(found, today=organisation.local(now).date()))
    if request.method == "POST" and form.is_valid():
        try:
            templating.set_rhythm(template_id=found.pk, rhythm=form.rhythm(), by=request.user, now=now)
        except templating.TemplateRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Le rythme est noté. Les ventes déjà prévues restent."))
            return redirect("cycles:template", group, template_id)
    return _shown(request, found, form, DayForm())


def _shown(request: PersonRequest, found: CycleTemplate, form: RhythmForm, day_form: DayForm) -> HttpResponse:
    page = template_page(template=found, now=clock.now())
    return render(request, "cycles/template.html", {"page": page, "form": form, "day_form": day_form})


@login_required
@require_POST
def skip(request: PersonRequest, group: str, template_id: int) -> HttpResponse:
    """Skip a date, or take it back."""
    organisation = organisation_for(request.user, group, may_plan)
    found = _template(organisation, template_id)
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Cette date ne se lit pas. Rechargez la page."))
        return redirect("cycles:template", group, template_id)
    skipped = request.POST.get("geste") != "reprendre"
    templating.skip_date(
        template_id=found.pk, day=form.cleaned_data["day"], skipped=skipped, by=request.user, now=clock.now()
    )
    messages.success(request, _("La date est sautée.") if skipped else _("La date est reprise."))
    return redirect("cycles:template", group, template_id)


@login_required
@require_POST
def plan_now(request: PersonRequest, group: str, template_id: int) -> HttpResponse:
    """Plan a sale like the template on a day, and invite its farms."""
    organisation, now = organisation_for(request.user, group, may_plan), clock.now()
    found = _template(organisation, template_id)
    form = DayForm(request.POST)
    if form.is_valid():
        try:
            cycle = templating.plan_now(template_id=found.pk, day=form.cleaned_data["day"], by=request.user, now=now)
        except templating.TemplateRefused as refused:
            messages.error(request, str(refused))
            return redirect("cycles:template", group, template_id)
        except (PlanRefused, HourMissing) as refused:
            form.add_error("day", str(refused))
        else:
            messages.success(request, _("La vente est prévue, les invitations partent."))
            return redirect("cycles:cycle", group, cycle.pk)
    today = organisation.local(now).date()
    return _shown(request, found, RhythmForm(initial=rhythm_typed(found, today=today)), form)


@login_required
@require_POST
def end(request: PersonRequest, group: str, template_id: int) -> HttpResponse:
    """End a template; it may be taken up again."""
    organisation = organisation_for(request.user, group, may_plan)
    found = _template(organisation, template_id)
    templating.end_template(template_id=found.pk, by=request.user, now=clock.now())
    messages.success(request, _("Le modèle est terminé : il ne prévoit plus rien. Ce qui est prévu reste."))
    return redirect("cycles:template", group, template_id)


@login_required
@require_POST
def take_up(request: PersonRequest, group: str, template_id: int) -> HttpResponse:
    """Take an ended template up again."""
    organisation = organisation_for(request.user, group, may_plan)
    found = _template(organisation, template_id)
    try:
        templating.take_up_template(template_id=found.pk, by=request.user, now=clock.now())
    except templating.TemplateRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Le modèle sert de nouveau."))
    return redirect("cycles:template", group, template_id)


@login_required
@require_http_methods(["GET", "POST"])
def like(request: PersonRequest, group: str, cycle_id: int) -> HttpResponse:
    """Plan a sale like another one, for a day: its farms, points, hours, rules, fees and offers with their prices."""
    organisation, now = organisation_for(request.user, group, may_plan), clock.now()
    source = cycle_of(organisation, cycle_id)
    page = like_page(cycle=source, now=now)
    form = LikeForm(request.POST or None, initial={"day": page.day})
    if request.method == "POST" and form.is_valid():
        try:
            cycle = cloning.clone_cycle(
                cycle_id=source.pk, delivery_on=form.cleaned_data["day"], by=request.user, now=now,
                key=form.cleaned_data["key"],
            )  # fmt: skip
        except (PlanRefused, HourMissing) as refused:
            form.add_error("day", str(refused))
        else:
            messages.success(request, _("La vente est prévue. Relisez-la, puis invitez les fermes."))
            return redirect("cycles:cycle", group, cycle.pk)
    return render(request, "cycles/like.html", {"page": page, "form": form})
