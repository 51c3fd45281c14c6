"""A farm's picking lists: in its space, and by the letter's link without a password."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock, links
from cagette.people.models import Organisation
from cagette.people.rules import PersonRequest, may_plan, may_run_farm, organisation_for
from distribution import acknowledging, documents, notices, resending
from distribution.models import PickingList
from distribution.queries import lists
from distribution.queries import today as today_queries


@login_required
@require_GET
def today(request: PersonRequest, farm: str) -> HttpResponse:
    """What a farm has to do now."""
    organisation = organisation_for(request.user, farm, may_run_farm)
    page = today_queries.today_page(farm=organisation, now=clock.now())
    with timezone.override(organisation.zone):
        return render(request, "distribution/lists/today.html", {"page": page})


@login_required
@require_GET
def index(request: PersonRequest, farm: str) -> HttpResponse:
    """All lists of a farm."""
    organisation = organisation_for(request.user, farm, may_run_farm)
    return render(request, "distribution/lists/index.html", {"page": lists.lists_page(farm=organisation)})


def _written(request: PersonRequest, farm: str, list_id: int) -> PickingList:
    """A list, for its farm's people and the coordinators of its group."""
    lists_of_farm = lists.picking_lists().filter(participation__producer__organisation__slug=farm)
    written = get_object_or_404(lists_of_farm, pk=list_id)
    participation = written.participation
    organisations = (participation.producer.organisation, participation.cycle.organisation)
    if may_run_farm(request.user, organisations[0]) or may_plan(request.user, organisations[1]):
        return written
    tied = Organisation.objects.tied_to(request.user).filter(pk__in=[o.pk for o in organisations])
    if tied.exists():
        raise PermissionDenied
    raise Http404


@login_required
@require_GET
def picking_list(request: PersonRequest, farm: str, list_id: int) -> HttpResponse:
    """One list on the screen."""
    page = lists.list_page(written=_written(request, farm, list_id), now=clock.now())
    actions = {
        "acknowledge": reverse("distribution:acknowledge", args=[farm, list_id]),
        "file": reverse("distribution:picking_list", args=[farm, list_id]).removesuffix("/"),
        "resend": reverse("distribution:resend", args=[farm, list_id]),
        "newest": reverse("distribution:picking_list", args=[farm, page.newest.pk]),
    }
    context = {
        "page": page,
        "actions": actions,
        "key": uuid4(),
        "may_acknowledge": may_run_farm(request.user, page.farm),
    }
    with timezone.override(page.group.zone):
        return render(request, "distribution/lists/picking_list.html", context)


@login_required
@require_GET
def file(request: PersonRequest, farm: str, list_id: int, ending: str) -> HttpResponse:
    """One list as a file."""
    return _file(_written(request, farm, list_id), ending)


def _file(written: PickingList, ending: str) -> HttpResponse:
    page = lists.list_page(written=written, now=clock.now())
    write, mime = documents.WRITERS[ending]
    response = HttpResponse(write(page), content_type=mime)
    response["Content-Disposition"] = f'inline; filename="{documents.file_name(page, ending)}"'
    return response


@login_required
@require_POST
def acknowledge(request: PersonRequest, farm: str, list_id: int) -> HttpResponse:
    """The farm has seen its list."""
    written = _written(request, farm, list_id)
    if not may_run_farm(request.user, written.participation.producer.organisation):
        raise PermissionDenied
    acknowledging.acknowledge(picking_list_id=written.pk, by=request.user, now=clock.now())
    messages.success(request, _("C’est noté : vous avez vu ce bon."))
    return redirect("distribution:picking_list", farm, list_id)


@login_required
@require_POST
def resend(request: PersonRequest, farm: str, list_id: int) -> HttpResponse:
    """Send the letter of a list again, with a fresh link."""
    written = _written(request, farm, list_id)
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid4()
    resending.resend_list(picking_list_id=written.pk, key=key, by=request.user, now=clock.now())
    messages.success(request, _("La lettre est repartie, avec un nouveau lien."))
    back = request.POST.get("back", "")
    if back == "cycle":
        return redirect(
            "distribution:cycle", written.participation.cycle.organisation.slug, written.participation.cycle_id
        )
    return redirect("distribution:picking_list", farm, list_id)


def _private(response: HttpResponse) -> HttpResponse:
    """A page behind a secret address: kept by no cache, told to no other site (our own forms need their origin)."""
    patch_cache_control(response, private=True, no_store=True)
    response["Referrer-Policy"] = "same-origin"
    return response


def _expired(request: HttpRequest, token: str) -> HttpResponse:
    """The link was good once: offer a new one."""
    return _private(render(request, "distribution/lists/expired.html", {"token": token}, status=410))


@require_http_methods(["GET", "POST"])
def signed_list(request: HttpRequest, token: str) -> HttpResponse:
    """One list by the letter's link; POST acknowledges it."""
    try:
        written = get_object_or_404(lists.picking_lists(), pk=links.read(notices.PURPOSE, token))
    except links.LinkExpired:
        return _expired(request, token)
    except links.LinkForged as forged:
        raise Http404 from forged
    if request.method == "POST":
        acknowledging.acknowledge(picking_list_id=written.pk, by=None, now=clock.now())
        return _private(redirect("distribution:signed_list", token))
    page = lists.list_page(written=written, now=clock.now())
    address = reverse("distribution:signed_list", args=[token])
    newest = reverse("distribution:signed_list", args=[links.sign(notices.PURPOSE, page.newest.pk)])
    actions = {"acknowledge": address, "file": address.removesuffix("/"), "resend": "", "newest": newest}
    context = {"page": page, "actions": actions, "may_acknowledge": True, "is_signed": True}
    with timezone.override(page.group.zone):
        return _private(render(request, "distribution/lists/picking_list.html", context))


@require_GET
def signed_file(request: HttpRequest, token: str, ending: str) -> HttpResponse:
    """One list as a file, by the letter's link."""
    try:
        written = get_object_or_404(lists.picking_lists(), pk=links.read(notices.PURPOSE, token))
    except links.LinkExpired:
        return _expired(request, token)
    except links.LinkForged as forged:
        raise Http404 from forged
    return _private(_file(written, ending))


@require_POST
def renew_link(request: HttpRequest, token: str) -> HttpResponse:
    """An expired link: mail a new one, to the farm's address alone. One letter an hour, however often it is asked."""
    try:
        picking_list_id = links.read_expired(notices.PURPOSE, token)
    except links.LinkForged as forged:
        raise Http404 from forged
    get_object_or_404(PickingList, pk=picking_list_id)
    resending.renew_link(picking_list_id=picking_list_id, now=clock.now())
    return _private(render(request, "distribution/lists/renewed.html"))
