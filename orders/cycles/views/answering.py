"""A farm's side of sales: invitations to answer, also by the letter's link, and when it is closed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock, links
from cagette.people.models import User
from cagette.people.rules import PersonRequest, may_run_farm, organisation_for
from orders.cycles import answering, notices
from orders.cycles.enums import Answer
from orders.cycles.forms.answering import AnswerForm, PauseForm, answer_of
from orders.cycles.models import Participation
from orders.cycles.queries.answering import invitation_page, invitations_page, pauses_page
from producers import pausing
from producers.models import Producer


def _parts() -> "QuerySet[Participation]":
    return Participation.objects.select_related("cycle__organisation", "producer__organisation")


@login_required
@require_GET
def invitations(request: PersonRequest, farm: str) -> HttpResponse:
    """The sales that a farm is asked to come to."""
    organisation = organisation_for(request.user, farm, may_run_farm)
    page = invitations_page(farm=organisation, now=clock.now())
    with timezone.override(organisation.zone):
        return render(request, "cycles/invitations.html", {"page": page})


@login_required
@require_http_methods(["GET", "POST"])
def invitation(request: PersonRequest, farm: str, cycle_id: int) -> HttpResponse:
    """One sale that a farm is asked to come to; POST answers."""
    organisation = organisation_for(request.user, farm, may_run_farm)
    part = get_object_or_404(_parts(), cycle_id=cycle_id, producer__organisation=organisation)
    return _invitation(request, part, address=reverse("cycles:invitation", args=[farm, cycle_id]), by=request.user)


@require_http_methods(["GET", "POST"])
def signed_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The same by the letter's link, without a password: looking answers nothing."""
    try:
        cycle_id, producer_id = links.read(notices.INVITATION, token)
    except links.LinkExpired:
        return _private(render(request, "cycles/invitation_expired.html", status=410))
    except links.LinkForged as forged:
        raise Http404 from forged
    part = get_object_or_404(_parts(), cycle_id=cycle_id, producer_id=producer_id)
    return _private(_invitation(request, part, address=reverse("cycles:signed_invitation", args=[token]), by=None))


def _private(response: HttpResponse) -> HttpResponse:
    """A page behind a secret address: kept by no cache, told to no other site."""
    patch_cache_control(response, private=True, no_store=True)
    response["Referrer-Policy"] = "same-origin"
    return response


def _invitation(request: HttpRequest, part: Participation, *, address: str, by: User | None) -> HttpResponse:
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=answer_of(part))
    if request.method == "POST" and form.is_valid():
        answer = Answer(form.cleaned_data["answer"])
        try:
            answering.answer_invitation(
                participation_id=part.pk, answer=answer, minimum=form.cleaned_data["minimum"],
                note=form.cleaned_data["note"], by=by, now=clock.now(),
            )  # fmt: skip
        except answering.AnswerRefused as refused:
            form.refuse(refused)
            part.refresh_from_db()
        else:
            said = _("C’est noté : vous venez.") if answer == Answer.COMES else _("C’est noté : pas cette fois.")
            messages.success(request, said + " " + _("Le groupe est prévenu."))
            return redirect(address)
    page = invitation_page(part=part, now=clock.now())
    context = {"page": page, "form": form, "address": address, "is_signed": by is None}
    with timezone.override(page.group.zone):
        return render(request, "cycles/invitation.html", context)


def _producer(request: PersonRequest, farm: str) -> Producer:
    organisation = organisation_for(request.user, farm, may_run_farm)
    return get_object_or_404(Producer.objects.select_related("organisation"), organisation=organisation)


@login_required
@require_http_methods(["GET", "POST"])
def pauses(request: PersonRequest, farm: str) -> HttpResponse:
    """When a farm is closed; POST closes it from a day to a day."""
    producer = _producer(request, farm)
    form = PauseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            pausing.pause(producer_id=producer.pk, by=request.user, now=clock.now(), **form.cleaned_data)
        except pausing.PauseRefused as refused:
            form.refuse(refused)
        else:
            messages.success(
                request, _("C’est noté. Les groupes sont prévenus, et vos ventes prévues ces jours-là déclinées.")
            )
            return redirect("cycles:pauses", farm)
    page = pauses_page(producer=producer, now=clock.now())
    with timezone.override(page.farm.zone):
        return render(request, "cycles/pauses.html", {"page": page, "form": form})


@login_required
@require_POST
def take_pause_back(request: PersonRequest, farm: str, pause_id: int) -> HttpResponse:
    """Undo a pause."""
    found = get_object_or_404(_producer(request, farm).pauses, pk=pause_id)
    if pausing.take_back(pause_id=found.pk, by=request.user, now=clock.now()):
        messages.success(
            request, _("La fermeture est annulée. Les ventes qui n’ont pas ouvert sont de nouveau prévues.")
        )
    return redirect("cycles:pauses", farm)
