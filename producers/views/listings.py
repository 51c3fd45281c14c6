"""Listings, from both sides: a group's farms with their terms and products, a farm's groups with its answers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock
from cagette.people.models import Organisation
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from producers import listed, listing
from producers.listing_forms import SelectionForm, TermsForm, terms_of
from producers.models import Listing, Producer
from producers.views.catalogue import farm_for


def _page(request: PersonRequest, template: str, group: Organisation, context: dict[str, Any]) -> HttpResponse:
    with timezone.override(group.zone):
        return render(request, template, context)


@login_required
@require_GET
def group_farms(request: PersonRequest, group: str) -> HttpResponse:
    """The farms of a group, and a search for one to invite."""
    organisation = organisation_for(request.user, group, may_plan)
    search = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    page = listed.group_farms_page(group=organisation, search=search, now=clock.now())
    return _page(request, "producers/group_farms.html", organisation, {"page": page})


@login_required
@require_http_methods(["GET", "POST"])
def invite_farm(request: PersonRequest, group: str, farm: str) -> HttpResponse:
    """Invite a farm with the group's terms; those of a listing that ended are proposed again."""
    organisation = organisation_for(request.user, group, may_plan)
    producer = get_object_or_404(Producer.objects.select_related("organisation"), organisation__slug=farm)
    known = Listing.objects.filter(organisation=organisation, producer=producer).first()
    form = TermsForm(request.POST if request.method == "POST" else None, initial=terms_of(known, "") if known else {})
    if request.method == "POST" and form.is_valid():
        try:
            listing.invite_producer(
                group=organisation, producer=producer, by=request.user, now=clock.now(),
                terms=form.cleaned_data["terms"], markup=form.cleaned_data["markup"],
            )  # fmt: skip
        except listing.ListingRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request, _("%(farm)s est invitée, et prévenue par courrier.") % {"farm": producer.organisation.name}
            )
            return redirect("producers:group_farm", group, farm)
    context = {"form": form, "group": organisation, "farm": producer.organisation}
    return _page(request, "producers/invite_farm.html", organisation, context)


def _listing(group: Organisation, farm: str) -> Listing:
    found = Listing.objects.select_related("organisation", "producer__organisation")
    return get_object_or_404(found, organisation=group, producer__organisation__slug=farm)


def _group_farm(
    request: PersonRequest, row: Listing, *, terms: TermsForm | None = None, choice: SelectionForm | None = None
) -> HttpResponse:
    page = listed.listing_page(listing=row, now=clock.now())
    initial = {"picks": row.picks_products, "seen": page.seen_choice}
    context = {
        "page": page,
        "terms": terms or TermsForm(initial=terms_of(row, page.seen_terms)),
        "choice": choice or SelectionForm(rows=page.rows, initial=initial),
    }
    return _page(request, "producers/group_farm.html", row.organisation, context)


@login_required
@require_GET
def group_farm(request: PersonRequest, group: str, farm: str) -> HttpResponse:
    """One farm of a group: terms, products, prices, certificates."""
    return _group_farm(request, _listing(organisation_for(request.user, group, may_plan), farm))


@login_required
@require_POST
def change_terms(request: PersonRequest, group: str, farm: str) -> HttpResponse:
    """Write a group's terms and margin."""
    row = _listing(organisation_for(request.user, group, may_plan), farm)
    form = TermsForm(request.POST)
    if form.is_valid():
        try:
            changed = listing.change_terms(
                listing_id=row.pk, terms=form.cleaned_data["terms"], markup=form.cleaned_data["markup"],
                seen=form.cleaned_data["seen"], by=request.user, now=clock.now(),
            )  # fmt: skip
        except listing.ListingChangedMeanwhile as refusal:
            messages.error(request, str(refusal))  # shown anew: what was typed stood on what is no more
            return redirect("producers:group_farm", group, farm)
        except listing.ListingRefused as refusal:
            form.refuse(refusal)
        else:
            said = _("Vos conditions sont enregistrées ; la ferme est prévenue.") if changed else _("Rien n’a changé.")
            messages.success(request, said)
            return redirect("producers:group_farm", group, farm)
    return _group_farm(request, row, terms=form)


@login_required
@require_POST
def choose_products(request: PersonRequest, group: str, farm: str) -> HttpResponse:
    """Write which products a group sells, and its own prices."""
    row = _listing(organisation_for(request.user, group, may_plan), farm)
    form = SelectionForm(request.POST, rows=listed.listing_page(listing=row, now=clock.now()).rows, initial={})
    if form.is_valid():
        try:
            changed = listing.choose_products(
                listing_id=row.pk, picks=form.cleaned_data["picks"], choices=form.choices,
                seen=form.cleaned_data["seen"], by=request.user, now=clock.now(),
            )  # fmt: skip
        except listing.ListingChangedMeanwhile as refusal:
            messages.error(request, str(refusal))  # shown anew: what was typed stood on what is no more
            return redirect("producers:group_farm", group, farm)
        except listing.ListingRefused as refusal:
            form.refuse(refusal)
        else:
            said = (
                _("Votre choix est enregistré ; il vaut dès la prochaine ouverture.")
                if changed
                else _("Rien n’a changé.")
            )
            messages.success(request, said)
            return redirect("producers:group_farm", group, farm)
    return _group_farm(request, row, choice=form)


@login_required
@require_POST
def end_by_group(request: PersonRequest, group: str, farm: str) -> HttpResponse:
    """A group ends a listing or takes its invitation back."""
    row = _listing(organisation_for(request.user, group, may_plan), farm)
    if listing.end_listing(listing_id=row.pk, by=request.user, now=clock.now()):
        messages.success(request, _("C’est terminé ; la ferme est prévenue. Vous pouvez l’inviter à nouveau."))
    return redirect("producers:group_farm", group, farm)


@login_required
@require_GET
def farm_groups(request: PersonRequest, farm: str) -> HttpResponse:
    """The groups that sell a farm's products, or ask to."""
    producer = farm_for(request, farm)
    context = {"page": listed.farm_groups_page(producer=producer)}
    return _page(request, "producers/farm_groups.html", producer.organisation, context)


def _lister(producer: Producer, lister: str) -> Listing:
    found = Listing.objects.select_related("organisation", "producer__organisation")
    return get_object_or_404(found, producer=producer, organisation__slug=lister)


@login_required
@require_http_methods(["GET", "POST"])
def farm_group(request: PersonRequest, farm: str, lister: str) -> HttpResponse:
    """One group of a farm: its terms, and what households pay there. POST answers: `deed` says how."""
    producer = farm_for(request, farm)
    row = _lister(producer, lister)
    refused = ""
    if request.method == "POST":
        try:
            said = _answer(request, row)
        except listing.ListingRefused as refusal:
            refused = str(refusal)
            row = _lister(producer, lister)
        else:
            if said:
                messages.success(request, said)
            return redirect("producers:farm_group", farm, lister)
    page = listed.listing_page(listing=row, now=clock.now())
    context = {"page": page, "refused": refused}
    return _page(request, "producers/farm_group.html", producer.organisation, context)


def _answer(request: PersonRequest, row: Listing) -> str:
    """Do what the farm says, once; what to tell it, empty when nothing changed."""
    deed, seen = request.POST.get("deed", ""), request.POST.get("seen", "")[:12]
    by, now, names = request.user, clock.now(), {"group": row.organisation.name}
    if deed == "accept" and listing.accept_invitation(listing_id=row.pk, seen=seen, by=by, now=now):
        return _("C’est accepté : vos produits entrent dans les prochaines ventes de %(group)s.") % names
    if deed == "agree" and listing.agree_to_terms(listing_id=row.pk, seen=seen, by=by, now=now):
        return _("C’est noté : vous acceptez les nouvelles conditions.")
    if deed == "refuse" and listing.refuse_invitation(listing_id=row.pk, by=by, now=now):
        return _("C’est refusé ; %(group)s est prévenu.") % names
    if deed == "end" and listing.end_listing(listing_id=row.pk, by=by, now=now, by_farm=True):
        return _("C’est terminé ; %(group)s est prévenu. Les ventes déjà ouvertes vont à leur terme.") % names
    return ""
