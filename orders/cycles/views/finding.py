"""Finding a point, joining its group."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cagette.core import clock
from cagette.people import joining
from cagette.people.rules import PersonRequest
from cagette.places.models import DeliveryPoint
from orders.cycles.queries import finding


@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """Find a delivery point, by commune or postcode."""
    page = finding.points_page(search=request.GET.get("q", "").strip()[:80], now=clock.now())
    return render(request, "cycles/points.html", {"page": page})


def _point(slug: str) -> DeliveryPoint:
    return get_object_or_404(DeliveryPoint.objects.select_related("commune", "organisation"), slug=slug, is_active=True)


@require_GET
def point(request: HttpRequest, point: str) -> HttpResponse:
    """A point: where it is, what can be ordered there, who delivers."""
    household_id = getattr(request.user, "household_id", None)
    page = finding.point_page(point=_point(point), household_id=household_id, now=clock.now())
    return render(request, "cycles/point.html", {"page": page})


@login_required
@require_POST
def join(request: PersonRequest, point: str) -> HttpResponse:
    """Join the group of a point."""
    found = _point(point)
    if request.user.household_id is None:
        return redirect("people:household")
    joining.join_group(
        household_id=request.user.household_id, organisation_id=found.organisation_id, by=request.user, now=clock.now()
    )
    messages.success(request, _("Bienvenue chez %(group)s.") % {"group": found.organisation.name})
    following = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(following, allowed_hosts=None):
        return redirect(following)
    return redirect("cycles:point", point)
