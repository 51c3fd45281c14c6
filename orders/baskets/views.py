"""Shop, basket and order: what a household does on its phone."""

import io
from uuid import UUID, uuid4

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock, links
from cagette.core.quantities import QuantityUnreadable
from cagette.people.models import Membership, User
from cagette.people.rules import Person, PersonRequest
from orders.baskets import bulletins, cancelling, filling, placing, reminding, rules
from orders.baskets.forms import CountForm, FormGarbled, RemindersForm, read_basket
from orders.baskets.models import Order
from orders.baskets.queries import orders as order_queries
from orders.baskets.queries import reminders as reminder_queries
from orders.baskets.queries.shop import Owner, ShopPage, shop_page
from orders.cycles.models import Offer, Pickup

TOKEN = "basket"  # noqa: S105 - the name of the session's entry


def _pickup(group: str, pickup_id: int) -> Pickup:
    pickups = Pickup.objects.select_related("cycle__organisation", "point__commune")
    return get_object_or_404(pickups, pk=pickup_id, cycle__organisation__slug=group)


def _household(user: Person) -> int | None:
    return getattr(user, "household_id", None)


def _owner(request: HttpRequest, pickup: Pickup) -> Owner:
    """Whose basket this is; what a visitor chose before log-in becomes the household's."""
    token = request.session.get(TOKEN)
    household_id = _household(request.user)
    if household_id is None:
        return Owner(token=UUID(token) if token else None)
    if token:
        filling.adopt(pickup_id=pickup.pk, household_id=household_id, token=UUID(token), now=clock.now())
    return Owner(household_id=household_id)


@require_GET
def shop(request: HttpRequest, group: str, pickup_id: int) -> HttpResponse:
    """Show the shop of a pickup, to anyone."""
    pickup = _pickup(group, pickup_id)
    search, category = request.GET.get("q", "")[:80], request.GET.get("rayon", "")[:20]
    page = shop_page(pickup=pickup, owner=_owner_to_read(request), now=clock.now(), search=search, category=category)
    return render(request, "baskets/shop.html", {"page": page})


def _owner_to_read(request: HttpRequest) -> Owner:
    """Whose basket to show, a visitor's before log-in beside the household's: reading moves nothing."""
    token = request.session.get(TOKEN)
    return Owner(household_id=_household(request.user), token=UUID(token) if token else None)


@require_POST
def set_count(request: HttpRequest, group: str, pickup_id: int) -> HttpResponse:
    """Put so much of an offer in the basket; htmx gets the entry and the bar."""
    pickup = _pickup(group, pickup_id)
    form = CountForm(request.POST)
    offer = None
    refusal = _("Ce produit n’est pas dans cette vente. Rechargez la page.")
    if form.is_valid():
        offer = Offer.objects.select_related("product").filter(
            pk=form.cleaned_data["offre"], participation__cycle=pickup.cycle_id
        ).first()  # fmt: skip
    if offer is not None:
        if _household(request.user) is None and TOKEN not in request.session:
            request.session[TOKEN] = str(uuid4())
        owner = _owner(request, pickup)
        refusal = ""
        try:
            filling.set_count(
                pickup_id=pickup.pk, household_id=owner.household_id, token=owner.token, offer_id=offer.pk,
                count=form.count(offer.product), now=clock.now(),
            )  # fmt: skip
        except (rules.PlacingRefused, QuantityUnreadable) as refused:
            refusal = str(refused)
    if not getattr(request, "htmx", False):
        if refusal:
            messages.error(request, refusal)
        back = "baskets:basket" if request.POST.get("retour") == "panier" else "baskets:shop"
        response = redirect(back, group, pickup_id)
        if offer is not None:
            response["Location"] += f"#offre-{offer.pk}"
        return response
    page = shop_page(pickup=pickup, owner=_owner_to_read(request), now=clock.now())
    entry = page.entries.get(offer.pk) if offer else None
    return render(request, "baskets/_changed.html", {"page": page, "entry": entry, "refusal": refusal})


@login_required
@require_http_methods(["GET", "POST"])
def basket(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The recap before ordering; POST places the order."""
    pickup = _pickup(group, pickup_id)
    household_id = request.user.household_id
    if household_id is None:
        return redirect("people:household")
    refusal: Exception | None = None
    if request.method == "POST":
        _owner(request, pickup)
        try:
            form = read_basket(request.POST)
            placing.place_order(
                pickup_id=pickup.pk, household_id=household_id, by=request.user, version=form.version,
                wanted=form.wanted, key=form.key, now=clock.now(),
            )  # fmt: skip
        except rules.OrderChangedMeanwhile as changed:
            filling.refill(
                pickup_id=pickup.pk, household_id=household_id, counts=changed.merged, version=changed.version,
                now=clock.now(),
            )  # fmt: skip
            refusal = changed
        except (rules.PlacingRefused, FormGarbled) as refused:
            refusal = refused
        else:
            return redirect("baskets:order", group, pickup_id)
    page = shop_page(pickup=pickup, owner=_owner_to_read(request), now=clock.now())
    member = Membership.objects.filter(
        household_id=household_id, organisation_id=pickup.cycle.organisation_id, ended_on=None
    ).exists()
    context = {
        "page": page, "refusal": refusal, "key": uuid4(), "is_member": member, "stalls": _recap(page),
        "version": page.order.version if page.order else 0, "left": getattr(refusal, "left", {}),
        "others": _other_pickups(pickup) if isinstance(refusal, rules.PickupFull) else [],
    }  # fmt: skip
    return render(request, "baskets/basket.html", context, status=409 if refusal else 200)


def _recap(page: ShopPage) -> list[tuple[str, list[object]]]:
    by_farm: dict[str, list[object]] = {}
    for entry in page.entries.values():
        if entry.count or entry.ordered:
            by_farm.setdefault(entry.farm.name, []).append(entry)
    return list(by_farm.items())


def _other_pickups(pickup: Pickup) -> list[Pickup]:
    others = Pickup.objects.filter(cycle_id=pickup.cycle_id).exclude(pk=pickup.pk)
    return list(others.select_related("point").order_by("starts_at", "pk"))


def _order(request: PersonRequest, group: str, pickup_id: int) -> Order:
    orders = Order.objects.select_related("pickup__cycle__organisation", "pickup__point__commune", "household")
    mine = orders.filter(household_id=request.user.household_id or 0)
    return get_object_or_404(mine, pickup_id=pickup_id, pickup__cycle__organisation__slug=group)


@login_required
@require_GET
def order(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The household's order: its ticket at the point."""
    page = order_queries.order_page(order=_order(request, group, pickup_id), now=clock.now())
    return render(request, "baskets/order.html", {"page": page})


@login_required
@require_GET
def code(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The order's collection code as a QR picture."""
    mine = _order(request, group, pickup_id)
    out = io.BytesIO()
    segno.make_qr(mine.code, error="m").save(out, kind="svg", scale=6, border=2, dark="#000", light="#fff")
    return HttpResponse(
        out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"}
    )


@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Ask once, then cancel what may still be cancelled."""
    mine = _order(request, group, pickup_id)
    now = clock.now()
    if request.method == "POST":
        try:
            cancelling.cancel_order(order_id=mine.pk, by=request.user, now=now)
        except rules.SaleClosed as refused:
            messages.error(request, str(refused))
        return redirect("baskets:order", group, pickup_id)
    return render(request, "baskets/cancel.html", {"page": order_queries.order_page(order=mine, now=now)})


@login_required
@require_GET
def orders(request: PersonRequest) -> HttpResponse:
    """The household's orders."""
    household_id = request.user.household_id
    if household_id is None:
        return redirect("people:household")
    return render(
        request, "baskets/orders.html", {"page": order_queries.orders_page(household_id=household_id, now=clock.now())}
    )


@login_required
@require_http_methods(["GET", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """What a person wants to be told without asking."""
    if request.method == "POST":
        form = RemindersForm(request.POST)  # an empty one is a wish too: nothing at all
        if form.is_valid():
            reminding.choose(user=request.user, wanted=form.cleaned_data, now=clock.now())
            messages.success(request, _("C’est enregistré."))
            return redirect("baskets:reminders")
    else:
        form = RemindersForm(initial=reminder_queries.wishes_of(request.user))
    return render(request, "baskets/reminders.html", {"form": form})


@csrf_exempt
@require_http_methods(["GET", "POST"])
def stop_reminder(request: HttpRequest, token: str) -> HttpResponse:
    """Stop a kind of letter, from the letter itself: the signed address is the right, so mail programs may post here
    (RFC 8058). Looking only explains; the same page takes the letters back."""
    try:
        user_id, kind = links.read_expired(bulletins.PURPOSE, token)
    except (links.LinkForged, ValueError, TypeError) as error:
        raise Http404 from error
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        reminding.choose(user=user, wanted={kind: "reprendre" in request.POST}, now=clock.now())
    wanted = reminder_queries.wishes_of(user)[kind]
    context = {"user_email": user.email, "label": RemindersForm.base_fields[kind].label, "wanted": wanted}
    return render(request, "baskets/stop_reminder.html", context)
