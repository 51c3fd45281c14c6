"""A farm's offers in one sale: looked at, corrected."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cagette.core import clock
from cagette.core.money import Money
from cagette.people.rules import PersonRequest, may_run_farm, organisation_for
from orders.cycles import correcting
from orders.cycles.forms.offers import OfferForm, WordsForm
from orders.cycles.models import Offer, Participation
from orders.cycles.queries.offers import offers_page


def _participation(request: PersonRequest, farm: str, participation_id: int) -> Participation:
    organisation = organisation_for(request.user, farm, may_run_farm)
    found = Participation.objects.select_related("cycle__organisation", "producer__organisation")
    return get_object_or_404(found, pk=participation_id, producer__organisation=organisation)


@login_required
@require_GET
def offers(request: PersonRequest, farm: str, participation_id: int) -> HttpResponse:
    """A farm's offers in a sale."""
    page = offers_page(participation=_participation(request, farm, participation_id), now=clock.now())
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
            in_catalogue=form.cleaned_data["in_catalogue"],
        )  # fmt: skip
    except correcting.CorrectionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _("C’est changé. Les commandes déjà passées gardent leur prix.") if changed else _("Rien à changer."),
        )
    return redirect("cycles:offers", farm, participation_id)


@login_required
@require_POST
def correct_words(request: PersonRequest, farm: str, participation_id: int, offer_id: int) -> HttpResponse:
    """Correct the name or description of a product that is on sale."""
    organisation = organisation_for(request.user, farm, may_run_farm)
    mine = Offer.objects.filter(participation_id=participation_id, participation__producer__organisation=organisation)
    offer, form = get_object_or_404(mine, pk=offer_id), WordsForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("cycles:offers", farm, participation_id)
    try:
        changed = correcting.correct_words(offer_id=offer.pk, by=request.user, now=clock.now(), **form.cleaned_data)
    except correcting.CorrectionRefused as refused:
        messages.error(request, str(refused))
    else:
        said = _("C’est corrigé, dans votre catalogue et dans les ventes.") if changed else _("Rien à changer.")
        messages.success(request, said)
    return redirect("cycles:offers", farm, participation_id)
