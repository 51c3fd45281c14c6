"""The basket before it is ordered: what is said of its lines, when it is collected, and ordering."""

from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cagette.core import clock
from cagette.people.rules import PersonRequest
from orders.baskets import filling, placing, rules
from orders.baskets.forms import BasketForm, FormGarbled, SayingForm, read_basket, read_offer, read_saying
from orders.baskets.queries.basket import Choice, basket_page
from orders.baskets.views.shop import owner_of, owner_to_read, pickup_of
from orders.baskets.wishes import COLLECTOR_MAX, cleaned
from orders.cycles.models import Pickup

CHOSEN = "collecting"  # the session's entry: by pickup, the slot and the collector chosen and not ordered yet


@login_required
@require_http_methods(["GET", "POST"])
def basket(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """The recap before ordering; POST places the order."""
    pickup = pickup_of(group, pickup_id)
    if request.user.household_id is None:
        return redirect("people:household")
    if request.method == "GET":
        return _show(request, pickup, _chosen(request, pickup))
    owner_of(request, pickup)
    form = None
    try:
        form = read_basket(request.POST)
        _place(request, pickup, request.user.household_id, form)
    except (rules.PlacingRefused, FormGarbled) as refused:
        return _show(request, pickup, _choice(form.said if form else None, refused), refused)
    if CHOSEN in request.session:
        request.session[CHOSEN] = {key: kept for key, kept in request.session[CHOSEN].items() if key != str(pickup.pk)}
    return redirect("baskets:order", group, pickup_id)


def _place(request: PersonRequest, pickup: Pickup, household_id: int, form: BasketForm) -> None:
    """Place what the form says; a stale one becomes a proposal in the basket."""
    try:
        placing.place_order(
            pickup_id=pickup.pk, household_id=household_id, by=request.user, version=form.version, wanted=form.wanted,
            key=form.key, now=clock.now(), slot_id=form.said.slot_id, collector=form.said.collector,
        )  # fmt: skip
    except rules.OrderChangedMeanwhile as changed:
        filling.refill(
            pickup_id=pickup.pk, household_id=household_id, counts=changed.merged, wishes=changed.wishes,
            version=changed.version, now=clock.now(),
        )  # fmt: skip
        raise


@login_required
@require_POST
def say(request: PersonRequest, group: str, pickup_id: int) -> HttpResponse:
    """Keep what the basket's form says without ordering; a button of a line takes it out or puts it back as well."""
    pickup = pickup_of(group, pickup_id)
    if request.user.household_id is None:
        return redirect("people:household")
    owner_of(request, pickup)
    response = redirect("baskets:basket", group, pickup_id)
    try:
        said = read_saying(request.POST)
        dropped, restored = read_offer(request.POST, "retirer"), read_offer(request.POST, "remettre")
        _keep(request, pickup, said)
        filling.say(
            pickup_id=pickup.pk, household_id=request.user.household_id, wishes=said.wishes, dropped=dropped,
            restored=restored, now=clock.now(),
        )  # fmt: skip
    except (rules.PlacingRefused, FormGarbled) as refused:
        messages.error(request, str(refused))
    else:
        named = dropped or restored
        response["Location"] += f"#offre-{named}" if named else ""
    return response


def _keep(request: PersonRequest, pickup: Pickup, said: SayingForm) -> None:
    kept = request.session.get(CHOSEN, {})
    request.session[CHOSEN] = {**kept, str(pickup.pk): [said.slot_id, cleaned(said.collector)[:COLLECTOR_MAX]]}


def _chosen(request: PersonRequest, pickup: Pickup) -> Choice:
    slot_id, collector = request.session.get(CHOSEN, {}).get(str(pickup.pk), (None, None))
    return Choice(slot_id=slot_id, collector=collector)


def _choice(said: SayingForm | None, refusal: Exception) -> Choice:
    """What a refused form said, so that nothing is typed twice; a merged proposal has its own wishes in the basket."""
    if said is None:
        return Choice()
    merged = isinstance(refusal, rules.OrderChangedMeanwhile)
    return Choice(said.slot_id, said.collector, None if merged else said.wishes)


def _show(request: PersonRequest, pickup: Pickup, choice: Choice, refusal: Exception | None = None) -> HttpResponse:
    page = basket_page(pickup=pickup, owner=owner_to_read(request), choice=choice, now=clock.now())
    left = getattr(refusal, "left", {})
    context = {
        "page": page, "refusal": refusal, "key": uuid4(),
        "left": {e.offer.pk: e.product.in_words(left[e.offer.pk]) for e in page.entries if e.offer.pk in left},
        "others": _other_pickups(pickup) if isinstance(refusal, rules.PickupFull) else [],
    }  # fmt: skip
    return render(request, "baskets/basket.html", context, status=409 if refusal else 200)


def _other_pickups(pickup: Pickup) -> list[Pickup]:
    others = Pickup.objects.filter(cycle_id=pickup.cycle_id).exclude(pk=pickup.pk)
    return list(others.select_related("point").order_by("starts_at", "pk"))
