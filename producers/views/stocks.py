"""A product's stock: how it is counted, what its next days have, its periods."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.core import clock
from cagette.people.rules import PersonRequest
from producers import announcing, stocking
from producers.facts import ProductRefused
from producers.forms.stock import PeriodForm, StockForm
from producers.models import Product, Stock
from producers.queries import catalogue as queries
from producers.views.catalogue import product_for, today_of


@login_required
@require_http_methods(["GET", "POST"])
def stock(request: PersonRequest, farm: str, product_id: int) -> HttpResponse:
    """Say how a product's stock is counted."""
    product = product_for(request, farm, product_id)
    if request.method != "POST":
        return _page(request, product)
    total = queries.entry_of(product, today=today_of(product.producer)).stock
    form = StockForm(product, total, request.POST)
    if form.is_valid():
        try:
            outcome = stocking.set_stock(
                product_id=product.pk,
                wish=form.cleaned_data["wish"],
                wish_seen=form.cleaned_data["wish_seen"],
                seen=form.cleaned_data["seen"],
                by=request.user,
                now=clock.now(),
            )
        except ProductRefused as refusal:
            form.refuse(refusal)
        else:
            said = _("Stock enregistré.") if outcome.changed else _("Rien n’a changé.")
            messages.success(request, said)
            return redirect("producers:stock", farm, product.pk)
    return _page(request, product, form=form)


def _page(
    request: PersonRequest,
    product: Product,
    *,
    form: StockForm | None = None,
    period: PeriodForm | None = None,
    corrected: int = 0,
) -> HttpResponse:
    """The page; with the form that was refused, if one was. corrected: the key of the period that it is about."""
    page = queries.stock_page(product=product, today=today_of(product.producer))
    entry = page.entry
    periods = [
        (stock, words, period if period and stock.pk == corrected else PeriodForm(entry.product, stock))
        for stock, words in (zip(entry.coming, page.days, strict=True) if page.by_period else [])
    ]
    context = {
        "page": page,
        "form": form or StockForm(entry.product, entry.stock),
        "periods": periods,
        "new_period": period if period and not corrected else PeriodForm(entry.product),
    }
    return render(request, "producers/stock.html", context)


@login_required
@require_POST
def add_period(request: PersonRequest, farm: str, product_id: int) -> HttpResponse:
    """Say how much there is from a day to a day."""
    product = product_for(request, farm, product_id)
    form = PeriodForm(product, None, request.POST)
    if form.is_valid():
        try:
            announcing.add_period(
                product_id=product.pk, period=form.cleaned_data["period"], by=request.user, now=clock.now()
            )
        except ProductRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Période ajoutée."))
            return redirect("producers:stock", farm, product.pk)
    return _page(request, product, period=form)


def _period(product: Product, stock_id: int) -> Stock:
    return get_object_or_404(Stock, pk=stock_id, product=product, period_from_on__isnull=False)


@login_required
@require_POST
def change_period(request: PersonRequest, farm: str, product_id: int, stock_id: int) -> HttpResponse:
    """Correct a period."""
    product = product_for(request, farm, product_id)
    form = PeriodForm(product, _period(product, stock_id), request.POST)
    if form.is_valid():
        try:
            harvest = announcing.change_period(
                stock_id=stock_id,
                period=form.cleaned_data["period"],
                seen=form.cleaned_data["seen"],
                by=request.user,
                now=clock.now(),
            )
        except ProductRefused as refusal:
            form.refuse(refusal)
        else:
            _say(request, product, harvest)
            return redirect("producers:stock", farm, product.pk)
    return _page(request, product, period=form, corrected=stock_id)


def _say(request: PersonRequest, product: Product, harvest: announcing.Harvest) -> None:
    if not harvest.changed:
        messages.success(request, _("Rien n’a changé."))
    elif harvest.short:
        shown = {"short": product.in_words(harvest.short)}
        messages.warning(request, _("Il manque %(short)s : le groupe décide, les foyers sont prévenus.") % shown)
    else:
        messages.success(request, _("Période corrigée."))


@login_required
@require_POST
def remove_period(request: PersonRequest, farm: str, product_id: int, stock_id: int) -> HttpResponse:
    """Take a period back that no sale uses."""
    product = product_for(request, farm, product_id)
    if Stock.objects.filter(pk=stock_id).exists():
        _period(product, stock_id)
    try:
        announcing.remove_period(stock_id=stock_id, by=request.user, now=clock.now())
    except ProductRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Période enlevée."))
    return redirect("producers:stock", farm, product.pk)
