"""What a household likes, waits for, and would have again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cagette.core import clock, words
from cagette.people.rules import PersonRequest
from orders.baskets import favouring, repeating, rules, waiting
from orders.baskets.forms import WishForm
from orders.baskets.models import Order
from orders.baskets.queries.household import wishes_page
from orders.baskets.views.shop import pickup_of
from orders.cycles.models import Offer
from producers.models import Product


def _back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Where the form was, or else the page of wishes."""
    place = request.POST.get("next", "")
    return redirect(place if url_has_allowed_host_and_scheme(place, allowed_hosts=None) else otherwise)


@login_required
@require_GET
def favourites(request: PersonRequest) -> HttpResponse:
    """What the household likes and waits for."""
    if request.user.household_id is None:
        return redirect("people:household")
    removed = request.GET.get("retire", "")
    removed_id = int(removed) if removed.isdecimal() and len(removed) < 10 else 0
    page = wishes_page(household_id=request.user.household_id, removed_id=removed_id, now=clock.now())
    return render(request, "baskets/favourites.html", {"page": page})


@login_required
@require_POST
def set_favourite(request: PersonRequest, product_id: int) -> HttpResponse:
    """Like a product, or no more; taken off on its own page, it can be put back there."""
    product = get_object_or_404(Product, pk=product_id)
    if request.user.household_id is None:
        return redirect("people:household")
    wanted = WishForm(request.POST).wanted
    favouring.set_favourite(
        household_id=request.user.household_id, product_id=product.pk, wanted=wanted, now=clock.now()
    )
    page = reverse("baskets:favourites")
    return _back(request, page if wanted else f"{page}?retire={product.pk}")


@login_required
@require_POST
def set_wait(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Wait for a sold-out offer, or wait no more."""
    pickup = pickup_of(group, pickup_id)
    if request.user.household_id is None:
        return redirect("people:household")
    form = WishForm(request.POST)
    offers = Offer.objects.filter(participation__cycle=pickup.cycle_id)
    offer = get_object_or_404(offers.select_related("product"), pk=form.offer_id)
    try:
        waiting.set_wait(household_id=request.user.household_id, offer_id=offer.pk, wanted=form.wanted, now=clock.now())
    except rules.PlacingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _told_of(offer, wanted=form.wanted))
    return _back(request, reverse("baskets:shop", args=[group, pickup_id]) + f"#offre-{offer.pk}")


def _told_of(offer: Offer, *, wanted: bool) -> str:
    shown = {"name": offer.product.name}
    if wanted:
        return _("%(name)s : nous vous écrirons s’il y en a de nouveau. Rien ne vous est réservé.") % shown
    return _("%(name)s : vous n’attendez plus.") % shown


@login_required
@require_POST
def repeat(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Fill the basket as an earlier order was, and say what could not be had."""
    pickup = pickup_of(group, pickup_id)
    household_id = request.user.household_id or 0
    earlier = get_object_or_404(Order, pk=WishForm(request.POST).order_id, household_id=household_id)
    done = repeating.repeat_order(order_id=earlier.pk, pickup_id=pickup.pk, household_id=household_id, now=clock.now())
    if done.added:
        added = words.count_of(len(done.added), _("produit ajouté"), _("produits ajoutés"))
        messages.success(
            request, _("Comme la dernière fois : %(added)s au panier. Rien n’est commandé encore.") % {"added": added}
        )
    else:
        messages.info(request, _("Rien à ajouter : votre panier a déjà tout ce qui peut l’être."))
    for missed in done.missed:
        messages.warning(request, missed)
    return redirect("baskets:basket", group, pickup_id)
