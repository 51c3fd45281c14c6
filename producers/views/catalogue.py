"""A farm's catalogue: the list with its quick forms, one product, what is retired; and the farm's profile."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock
from cagette.people.rules import PersonRequest, may_run_farm, organisation_for
from producers import cataloguing, profiling
from producers.enums import DRAWINGS
from producers.facts import ProductRefused
from producers.forms import ProfileForm, QuickForm
from producers.forms.product import ProductForm
from producers.models import Producer, Product
from producers.queries import catalogue as queries
from producers.stocking import StockSet

TINTS = {key: tint for key, (_label, tint) in DRAWINGS.items()}


def farm_for(request: PersonRequest, slug: str) -> Producer:
    """The farm in the address, for its people; 404 for strangers, 403 for those who may not."""
    organisation = organisation_for(request.user, slug, may_run_farm)
    return get_object_or_404(Producer.objects.select_related("organisation"), organisation=organisation)


def product_for(request: PersonRequest, farm: str, product_id: int) -> Product:
    """The product in the address, retired ones too, for the farm's people."""
    producer = farm_for(request, farm)
    return get_object_or_404(producer.products.select_related("producer__organisation"), pk=product_id)


def today_of(producer: Producer) -> date:
    """The day it is at the farm."""
    return producer.organisation.local(clock.now()).date()


@login_required
@require_GET
def catalogue(request: PersonRequest, farm: str) -> HttpResponse:
    """The catalogue by category, with the quick form of each product."""
    producer = farm_for(request, farm)
    return _catalogue(request, producer)


def _catalogue(request: PersonRequest, producer: Producer, bound: QuickForm | None = None, pk: int = 0) -> HttpResponse:
    search = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    retired = request.GET.get("retire", "")
    page = queries.catalogue_page(producer=producer, today=today_of(producer), search=search, just_retired=retired)
    rows = {
        entry.product.pk: bound if bound and entry.product.pk == pk else QuickForm(entry)
        for aisle in page.aisles
        for entry in aisle.entries
    }
    return render(request, "producers/catalogue.html", {"page": page, "forms": rows})


@login_required
@require_POST
def change_quickly(request: PersonRequest, farm: str, product_id: int) -> HttpResponse:
    """Write price and stock of one product. htmx gets its row alone."""
    product = product_for(request, farm, product_id)
    today = today_of(product.producer)
    form = QuickForm(queries.entry_of(product, today=today), request.POST)
    said = ""
    if form.is_valid():
        try:
            outcome = cataloguing.change_price_and_stock(
                product_id=product.pk,
                price=form.cleaned_data["unit_price"],
                price_seen=form.cleaned_data["price_was"],
                wish=form.cleaned_data["wish"],
                seen=form.cleaned_data["seen"],
                by=request.user,
                now=clock.now(),
            )
        except ProductRefused as refusal:
            form.refuse(refusal)
        else:
            said = _said(queries.entry_of(product, today=today), outcome)
    if request.htmx:  # type: ignore[attr-defined]
        entry = queries.entry_of(product, today=today)
        shown = form if form.errors else QuickForm(entry)
        context = {"entry": entry, "form": shown, "farm": product.producer.organisation, "said": said}
        return render(request, "producers/_entry.html", context)
    if form.errors:
        return _catalogue(request, product.producer, form, product.pk)
    messages.success(request, said)
    return redirect(reverse("producers:catalogue", args=[farm]) + f"#p{product.pk}")


def _said(entry: queries.Entry, outcome: StockSet) -> str:
    """What came of a quick form, in words."""
    name, left = entry.product.name, entry.left_in_words
    if not outcome.changed:
        return _("%(name)s : rien n’a changé.") % {"name": name}
    shown = {"name": name, "price": entry.product.unit_price, "per": entry.per, "left": left}
    said = _("%(name)s : %(price)s %(per)s, stock : %(left)s.") % shown
    if outcome.short:
        late = {"short": entry.product.in_words(outcome.short)}
        return said + " " + _("Attention : %(short)s de plus étaient déjà commandés entre-temps.") % late
    if outcome.meanwhile:
        taken = {"taken": entry.product.in_words(outcome.meanwhile)}
        return said + " " + _("Commandé entre-temps, et déduit : %(taken)s.") % taken
    return said


@login_required
@require_http_methods(["GET", "POST"])
def new_product(request: PersonRequest, farm: str) -> HttpResponse:
    """Add a product."""
    producer = farm_for(request, farm)
    form = ProductForm(request.POST or None, reference=cataloguing.next_reference(producer))
    if request.method == "POST" and form.is_valid():
        try:
            product = cataloguing.add_product(
                producer_id=producer.pk,
                reference=form.cleaned_data["reference"],
                facts=form.cleaned_data["facts"],
                stock=form.cleaned_data["wish"],
                by=request.user,
                now=clock.now(),
            )
        except ProductRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("« %(name)s » est au catalogue.") % {"name": product.name})
            return redirect(reverse("producers:catalogue", args=[farm]) + f"#p{product.pk}")
    return render(
        request,
        "producers/product.html",
        {"form": form, "farm": producer.organisation, "tints": TINTS, "product": None},
    )


@login_required
@require_http_methods(["GET", "POST"])
def product(request: PersonRequest, farm: str, product_id: int) -> HttpResponse:
    """Change a product."""
    found = product_for(request, farm, product_id)
    # a check box that is off sends nothing: a POST without fields is still a form that was sent
    form = ProductForm(request.POST if request.method == "POST" else None, product=found)
    if request.method == "POST" and form.is_valid():
        try:
            changed = cataloguing.change_product(
                product_id=found.pk,
                facts=form.cleaned_data["facts"],
                seen=form.cleaned_data["seen"],
                by=request.user,
                now=clock.now(),
            )
        except ProductRefused as refusal:
            form.refuse(refusal)
        else:
            said = _("« %(name)s » est changé.") if changed else _("« %(name)s » : rien n’a changé.")
            messages.success(request, said % {"name": form.cleaned_data["name"]})
            return redirect(reverse("producers:catalogue", args=[farm]) + f"#p{found.pk}")
    return render(
        request,
        "producers/product.html",
        {"form": form, "farm": found.producer.organisation, "tints": TINTS, "product": found},
    )


@login_required
@require_POST
def retire(request: PersonRequest, farm: str, product_id: int) -> HttpResponse:
    """Take a product out of the catalogue; the next page offers to undo it."""
    found = product_for(request, farm, product_id)
    cataloguing.retire(product_id=found.pk, by=request.user, now=clock.now())
    return redirect(reverse("producers:catalogue", args=[farm]) + f"?retire={found.pk}")


@login_required
@require_POST
def bring_back(request: PersonRequest, farm: str, product_id: int) -> HttpResponse:
    """Put a retired product back."""
    found = product_for(request, farm, product_id)
    cataloguing.bring_back(product_id=found.pk, by=request.user, now=clock.now())
    messages.success(request, _("« %(name)s » est de nouveau au catalogue.") % {"name": found.name})
    return redirect(reverse("producers:catalogue", args=[farm]) + f"#p{found.pk}")


@login_required
@require_POST
def set_active(request: PersonRequest, farm: str, product_id: int) -> HttpResponse:
    """Put a product on sale or off."""
    found = product_for(request, farm, product_id)
    active = request.POST.get("active") == "1"
    cataloguing.set_active(product_id=found.pk, active=active, by=request.user, now=clock.now())
    said = _("« %(name)s » est en vente.") if active else _("« %(name)s » est hors vente dès la prochaine ouverture.")
    messages.success(request, said % {"name": found.name})
    return redirect(reverse("producers:catalogue", args=[farm]) + f"#p{found.pk}")


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest, farm: str) -> HttpResponse:
    """What the farm says of itself."""
    producer = farm_for(request, farm)
    current = profiling.profile_of(producer)
    initial = {name: getattr(current, name) for name in current.__dataclass_fields__}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            profiling.change_profile(producer_id=producer.pk, profile=form.profile(), by=request.user, now=clock.now())
        except profiling.ProfileRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Votre profil est enregistré."))
            return redirect("producers:profile", farm)
    return render(request, "producers/profile.html", {"form": form, "farm": producer.organisation, "tints": TINTS})
