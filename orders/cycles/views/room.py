"""Making room at a pickup."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cagette.core import clock
from cagette.people.rules import PersonRequest, may_plan, organisation_for
from orders.cycles import making_room
from orders.cycles.forms.room import RoomForm
from orders.cycles.models import Pickup


@login_required
@require_http_methods(["GET", "POST"])
def room(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """How many baskets a pickup holds, changed at once, also while orders come in."""
    organisation = organisation_for(request.user, group, may_plan)
    pickups = Pickup.objects.select_related("cycle__organisation", "point", "counter")
    pickup = get_object_or_404(pickups, pk=pickup_id, cycle__organisation=organisation)
    form = RoomForm(request.POST or None, pickup=pickup, slots=list(pickup.slots.order_by("starts_at", "pk")))
    if request.method == "POST" and form.is_valid():
        try:
            making_room.set_room(
                pickup_id=pickup.pk, capacity=form.cleaned_data["capacity"], slots=form.rooms(), by=request.user,
                now=clock.now(),
            )  # fmt: skip
        except making_room.RoomRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("C’est enregistré : les foyers peuvent commander en conséquence."))
            return redirect("distribution:cycle", group, pickup.cycle_id)
    return render(request, "cycles/room.html", {"form": form, "pickup": pickup, "group": organisation})
