"""The season of a group, and the table of VAT of its points."""

from datetime import date, datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cagette.core import clock
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from orders.cycles.forms.vat import VatDayForm
from orders.cycles.queries.rules import vat_page
from orders.cycles.queries.season import season_page


@login_required
@require_GET
def season(request: PersonRequest, group: str) -> HttpResponse:
    """A group's sales: those to come week by week, the leaf of a month, past ones."""
    organisation, now = organisation_for(request.user, group, may_plan), clock.now()
    month = _month(request.GET.get("mois", ""), organisation.local(now).date())
    number = request.GET.get("page", "1")
    page = season_page(group=organisation, month=month, page=int(number) if number.isdecimal() else 1, now=now)
    return render(request, "cycles/season.html", {"page": page})


def _month(text: str, today: date) -> date:
    """ "2026-12": its first day; this month for what is no month."""
    try:
        found = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007
    except ValueError:
        return today.replace(day=1)
    return found if 2000 <= found.year <= 2100 else today.replace(day=1)


@login_required
@require_GET
def vat(request: PersonRequest, group: str) -> HttpResponse:
    """The rates in force on a day at the group's points, with their mentions."""
    organisation = organisation_for(request.user, group, may_plan)
    today = organisation.local(clock.now()).date()
    form = VatDayForm(request.GET if "jour" in request.GET else None, initial={"jour": today})
    day = form.cleaned_data["jour"] if form.is_valid() else today
    return render(request, "cycles/vat.html", {"page": vat_page(group=organisation, day=day), "form": form})
