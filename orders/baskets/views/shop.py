"""The shop of a pickup, and each tap in it: what a household, or a visitor, does on its phone."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cagette.core import clock
from cagette.core.quantities import QuantityUnreadable
from cagette.people.rules import Person
from orders.baskets import filling, rules
from orders.baskets.forms import CountForm
from orders.baskets.queries.entries import Owner
from orders.baskets.queries.shop import shop_page, tapped_part
from orders.cycles.models import Offer, Pickup

TOKEN = "basket"  # noqa: S105 - the name of the session's entry


def pickup_of(group: str, pickup_id: int) -> Pickup:
    """A pickup of that group, or not found."""
    pickups = Pickup.objects.select_related("cycle__organisation", "point__commune")
    return get_object_or_404(pickups, pk=pickup_id, cycle__organisation__slug=group)


def household_of(user: Person) -> int | None:
    return getattr(user, "household_id", None)


def owner_of(request: HttpRequest, pickup: Pickup) -> Owner:
    """Whose basket this is; what a visitor chose before log-in becomes the household's."""
    token = request.session.get(TOKEN)
    household_id = household_of(request.user)
    if household_id is None:
        return Owner(token=UUID(token) if token else None)
    if token:
        filling.adopt(pickup_id=pickup.pk, household_id=household_id, token=UUID(token), now=clock.now())
    return Owner(household_id=household_id)


@require_GET
def shop(request: HttpRequest, group: str, pickup_id: int) -> HttpResponse:
    """Show the shop of a pickup, to anyone."""
    pickup = pickup_of(group, pickup_id)
    search, category = request.GET.get("q", "")[:80], request.GET.get("rayon", "")[:20]
    page = shop_page(
        pickup=pickup, owner=owner_to_read(request), now=clock.now(), search=search, category=category,
        liked_only=request.GET.get("favoris") == "oui",
    )  # fmt: skip
    return render(request, "baskets/shop.html", {"page": page})


def owner_to_read(request: HttpRequest) -> Owner:
    """Whose basket to show, a visitor's before log-in beside the household's: reading moves nothing."""
    token = request.session.get(TOKEN)
    return Owner(household_id=household_of(request.user), token=UUID(token) if token else None)


@require_POST
def set_count(request: HttpRequest, group: str, pickup_id: int) -> HttpResponse:
    """Put so much of an offer in the basket; htmx gets the entry and the bar."""
    pickup = pickup_of(group, pickup_id)
    form = CountForm(request.POST)
    offer = None
    refusal = _("Ce produit n’est pas dans cette vente. Rechargez la page.")
    if form.is_valid():
        offer = Offer.objects.select_related("product").filter(
            pk=form.cleaned_data["offre"], participation__cycle=pickup.cycle_id
        ).first()  # fmt: skip
    if offer is not None:
        refusal = _put(request, pickup, offer, form)
    if getattr(request, "htmx", False):
        return _changed(request, pickup, offer, refusal)
    if refusal:
        messages.error(request, refusal)
    back = "baskets:basket" if request.POST.get("retour") == "panier" else "baskets:shop"
    response = redirect(back, group, pickup_id)
    if offer is not None:
        response["Location"] += f"#offre-{offer.pk}"
    return response


def _put(request: HttpRequest, pickup: Pickup, offer: Offer, form: CountForm) -> str:
    """Set the count; the refusal, in words, or nothing."""
    if household_of(request.user) is None and TOKEN not in request.session:
        request.session[TOKEN] = str(uuid4())
    owner = owner_of(request, pickup)
    try:
        filling.set_count(
            pickup_id=pickup.pk, household_id=owner.household_id, token=owner.token, offer_id=offer.pk,
            count=form.count(offer.product), tolerance=form.cleaned_data["tolerance"], now=clock.now(),
        )  # fmt: skip
    except (rules.PlacingRefused, QuantityUnreadable) as refused:
        return str(refused)
    return ""


def _changed(request: HttpRequest, pickup: Pickup, offer: Offer | None, refusal: str) -> HttpResponse:
    part = tapped_part(pickup=pickup, owner=owner_to_read(request), offer_id=offer.pk if offer else 0, now=clock.now())
    entry = part.entries.get(offer.pk) if offer else None
    return render(request, "baskets/_changed.html", {"page": part, "entry": entry, "refusal": refusal})
