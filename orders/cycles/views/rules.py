"""What a group decides of its sales to come: rules, fees."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.core import clock
from cagette.people.models import Organisation
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from orders.cycles import deciding
from orders.cycles.forms.rules import FeeForm, SettingsForm, rules_typed
from orders.cycles.models import GroupFee
from orders.cycles.queries.rules import settings_page


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: PersonRequest, group: str) -> HttpResponse:
    """A group's rules; on POST they are written."""
    organisation = organisation_for(request.user, group, may_plan)
    form = SettingsForm(request.POST or None, initial=_typed(organisation))
    if request.method == "POST" and form.is_valid():
        try:
            changed = deciding.decide_rules(
                group=organisation, rules=form.rules(), rationing=form.cleaned_data["rationing"], by=request.user,
                now=clock.now(),
            )  # fmt: skip
        except deciding.DecisionRefused as refused:
            form.add_error(None, str(refused))
        else:
            said = _("C’est noté, pour les ventes que vous prévoirez.") if changed else _("Rien à changer.")
            messages.success(request, said)
            return redirect("cycles:settings", group)
    return _shown(request, organisation, form, FeeForm())


@login_required
@require_POST
def add_fee(request: PersonRequest, group: str) -> HttpResponse:
    """Add a fee."""
    organisation = organisation_for(request.user, group, may_plan)
    form = FeeForm(request.POST)
    if form.is_valid():
        try:
            deciding.add_fee(group=organisation, terms=form.cleaned_data["terms"], by=request.user, now=clock.now())
        except deciding.DecisionRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Le frais s’ajoute aux ventes que vous prévoirez."))
            return redirect("cycles:settings", group)
    return _shown(request, organisation, SettingsForm(initial=_typed(organisation)), form)


@login_required
@require_POST
def end_fee(request: PersonRequest, group: str, fee_id: int) -> HttpResponse:
    """End a fee; it may be taken back."""
    organisation = organisation_for(request.user, group, may_plan)
    fee = get_object_or_404(GroupFee, pk=fee_id, organisation=organisation)
    ended = deciding.end_fee(fee_id=fee.pk, by=request.user, now=clock.now())
    said = _("« %(name)s » ne s’ajoute plus. Les ventes déjà prévues le gardent.") if ended else _("C’était déjà fait.")
    messages.success(request, said % {"name": fee.name} if ended else said)
    return redirect("cycles:settings", group)


@login_required
@require_POST
def bring_fee_back(request: PersonRequest, group: str, fee_id: int) -> HttpResponse:
    """Add a fee that was ended once more."""
    organisation = organisation_for(request.user, group, may_plan)
    fee = get_object_or_404(GroupFee, pk=fee_id, organisation=organisation)
    (terms,) = deciding.terms_of([fee])
    try:
        deciding.add_fee(group=organisation, terms=terms, by=request.user, now=clock.now())
    except deciding.DecisionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("« %(name)s » s’ajoute de nouveau.") % {"name": fee.name})
    return redirect("cycles:settings", group)


def _typed(organisation: Organisation) -> "dict[str, object]":
    return {
        **rules_typed(deciding.rules_of(organisation)),
        "rationing": deciding.rationing_of(organisation),
    }


def _shown(request: PersonRequest, organisation: Organisation, form: SettingsForm, fee_form: FeeForm) -> HttpResponse:
    page = settings_page(group=organisation)
    return render(request, "cycles/settings.html", {"page": page, "form": form, "fee_form": fee_form})
