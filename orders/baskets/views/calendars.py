"""Addresses for calendars: a household's, a group's, and what stands behind them."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cagette.core import clock
from cagette.people.models import Household, Organisation
from cagette.people.rules import PersonRequest, may_hand_over, organisation_for
from orders.baskets import feeding
from orders.baskets.forms import FeedForm
from orders.baskets.models import CalendarFeed
from orders.baskets.queries.calendars import calendar_page, feed_contents


@login_required
@require_http_methods(["GET", "POST"])
def household_calendar(request: PersonRequest) -> HttpResponse:
    """The household's collections for its people's calendars."""
    mine = request.user.household
    if mine is None:
        return redirect("people:household")
    if request.method == "POST":
        return _change(request, mine, reverse("baskets:calendar"))
    return _page(request, mine)


@login_required
@require_http_methods(["GET", "POST"])
def group_calendar(request: PersonRequest, group: str) -> HttpResponse:
    """A group's distributions for its volunteers' calendars."""
    organisation = organisation_for(request.user, group, may_hand_over)
    if request.method == "POST":
        return _change(request, organisation, reverse("baskets:group_calendar", args=[group]))
    return _page(request, organisation)


def _page(request: PersonRequest, owner: Household | Organisation) -> HttpResponse:
    page = calendar_page(owner)
    address = settings.BASE_URL + reverse("baskets:feed", args=[page.feed.key]) if page.feed else ""
    response = render(request, "baskets/calendar.html", {"page": page, "address": address})
    patch_cache_control(response, private=True, no_store=True)
    return response


def _change(request: PersonRequest, owner: Household | Organisation, back: str) -> HttpResponse:
    form = FeedForm(request.POST)
    asked: dict[str, Any] = {"owner": owner, "by": request.user, "now": clock.now()}
    if form.gesture == "fermer":
        feeding.close_feed(**asked)
        messages.success(request, _("L’adresse est fermée : plus aucun agenda ne lit vos dates."))
    elif form.gesture == "changer" and form.seen is not None:
        feeding.renew_feed(**asked, seen=form.seen)
        messages.success(request, _("Nouvelle adresse : remplacez l’ancienne dans vos agendas, elle ne répond plus."))
    else:
        feeding.open_feed(**asked)
    return redirect(back)


@require_GET
def feed(request: HttpRequest, key: UUID) -> HttpResponse:
    """What a calendar reads, by its secret address alone."""
    found = get_object_or_404(CalendarFeed.objects.select_related("organisation", "household"), pk=key)
    content = feeding.write_calendar(feed_contents(feed=found, now=clock.now()))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="cagette.ics"'
    response["Referrer-Policy"] = "no-referrer"
    patch_cache_control(response, private=True, no_store=True)
    return response
