"""A farm's harvests: what its next deliveries have, announced for a whole day at once."""

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cagette.core import clock, words
from cagette.people.rules import PersonRequest, may_run_farm, organisation_for
from distribution.forms import FormRefused, numbered, read_figures
from distribution.queries import harvest as harvest_queries
from producers import announcing
from producers.announcing import Harvest
from producers.facts import ProductRefused


@login_required
@require_http_methods(["GET", "POST"])
def harvest(request: PersonRequest, farm: str) -> HttpResponse:
    """What there is for each of the next deliveries; POST announces the figures of one day, all or none."""
    organisation = organisation_for(request.user, farm, may_run_farm)
    page = harvest_queries.harvest_page(farm=organisation, now=clock.now())
    refusal = ""
    if request.method == "POST":
        try:
            day = _day(request, page)
            said = announcing.announce_harvests(
                producer_id=organisation.producer.pk,
                day=day.on,
                figures=read_figures(request.POST, {row.product.pk: row.product for row in day.rows}),
                by=request.user,
                now=clock.now(),
            )
        except announcing.HarvestsRefused as refused:
            refusal = _("Rien n’est enregistré. Corrigez ce qui est marqué, puis recommencez.")
            page = page.refused(day.on, numbered(request.POST, "amount-"), refused.by_product)
        except (FormRefused, ProductRefused) as refused:
            refusal = str(refused)
        else:
            _say(request, day, said)
            return redirect("distribution:harvest", farm)
    with timezone.override(organisation.zone):
        context = {"page": page, "refusal": refusal}
        return render(request, "distribution/harvest/days.html", context, status=409 if refusal else 200)


def _day(request: PersonRequest, page: harvest_queries.HarvestPage) -> harvest_queries.Day:
    """The day that the form is about. Raises FormRefused when it is none of the page's."""
    told = request.POST.get("day", "")
    for day in page.days:
        if day.on.isoformat() == told:
            return day
    raise FormRefused(_("Cette livraison n’est plus à venir. Voici les prochaines."))


def _say(request: PersonRequest, day: harvest_queries.Day, said: Mapping[int, Harvest]) -> None:
    """What came of it; what is missing is named, with who decides."""
    products = {row.product.pk: row.product for row in day.rows}
    changed = {key: found for key, found in said.items() if found.changed}
    if not changed:
        messages.success(request, _("Rien n’a changé."))
        return
    messages.success(request, _("La récolte est annoncée pour %(day)s.") % {"day": words.day(day.on)})
    missing = [
        f"{products[key].in_words(found.short)} ({products[key].name})" for key, found in changed.items() if found.short
    ]
    if missing:
        shown = {"missing": words.listed(missing)}
        messages.warning(request, _("Il manque %(missing)s : le groupe décide, les foyers sont prévenus.") % shown)
