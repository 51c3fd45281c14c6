"""Forms of a product's stock: how it is counted, its figures, its periods."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cagette.core.quantities import Quantity, Unit
from producers.announcing import Period
from producers.enums import StockMode
from producers.facts import EVERY_MAX, STOCK_MAX, ProductRefused, StockWish, check_stock, wish_of
from producers.forms import DECIMAL, ByWay, DayInput, QuantityByWay, RefusableForm
from producers.models import Product, Stock
from producers.stocking import StockSeen


class NumberByWay(ByWay, forms.IntegerField):
    """A number that one way of counting needs."""


class DayByWay(ByWay, forms.DateField):
    """A day that one way of counting needs."""


class StockFields(RefusableForm):
    """How a stock is counted, with the figures that each way needs; those of the other ways are left aside."""

    stock_mode = forms.ChoiceField(label="Comment le compter ?", choices=StockMode.choices, widget=forms.RadioSelect)
    left = QuantityByWay(label="Il en reste", help_text="Ce total baisse avec les commandes de tous les groupes.")
    each = QuantityByWay(
        label="À chaque livraison qui en a", help_text="Jusqu’à ce que vous annonciez un autre chiffre pour un jour."
    )
    every = NumberByWay(label="Une livraison sur", required=False, min_value=2, max_value=EVERY_MAX)
    from_on = DayByWay(
        label="Jour d’une livraison qui en a",
        required=False,
        widget=DayInput,
        help_text="On compte à partir de ce jour.",
    )

    def wish(self, unit: str) -> StockWish | None:
        """What is asked of the stock; None with an error in the form."""
        mode = self.cleaned_data.get("stock_mode")
        if not mode:
            return None
        if mode == StockMode.UNLIMITED and self.cleaned_data.get("left"):
            self.add_error("stock_mode", _("Sans limite, ou un total qui baisse : choisissez l’un des deux."))
            return None
        nth = mode == StockMode.EVERY_NTH
        by_day = nth or mode == StockMode.PER_DELIVERY
        wish = StockWish(
            mode=mode,
            left=self.count("left", unit, most=STOCK_MAX) if mode == StockMode.TOTAL else None,
            each=self.count("each", unit, most=STOCK_MAX) if by_day else None,
            every=self.cleaned_data.get("every") if nth else None,
            from_on=self.cleaned_data.get("from_on") if nth else None,
        )
        if not any(name in self.errors for name in StockFields.base_fields):
            try:
                check_stock(wish)
            except ProductRefused as refusal:
                self.refuse(refusal)
        return None if self.errors else wish


class StockForm(StockFields):
    """How the stock of a product that exists is counted. It carries what it showed."""

    mode_seen = forms.ChoiceField(choices=StockMode.choices, widget=forms.HiddenInput)
    each_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    every_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    from_seen = forms.DateField(widget=forms.HiddenInput, required=False)
    announced_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    remaining_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, product: Product, total: Stock | None, data: Any = None) -> None:
        self.unit = product.unit
        wish = wish_of(product, total)

        def words(count: int | None) -> str:
            return "" if count is None else str(Quantity(count, Unit(product.unit)))

        is_total = wish.mode == StockMode.TOTAL
        initial = {
            "stock_mode": wish.mode, "left": words(total.remaining) if total and is_total else "",
            "each": words(wish.each), "every": wish.every, "from_on": wish.from_on, "mode_seen": wish.mode,
            "each_seen": wish.each, "every_seen": wish.every, "from_seen": wish.from_on,
            "announced_seen": total.announced if total else None, "remaining_seen": total.remaining if total else None,
        }  # fmt: skip
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Adds `wish`, `wish_seen` and `seen` (the total)."""
        data = self.cleaned_data
        if any(name.endswith("_seen") for name in self.errors):
            self.add_error(None, _("Ce formulaire est abîmé. Rechargez la page, puis recommencez."))
        data["wish_seen"] = StockWish(
            data.get("mode_seen") or "", None, data.get("each_seen"), data.get("every_seen"), data.get("from_seen")
        )
        seen = (data.get("announced_seen"), data.get("remaining_seen"))
        data["seen"] = None if seen[0] is None or seen[1] is None else StockSeen(seen[0], seen[1])
        data["wish"] = self.wish(self.unit)
        return data


class PeriodForm(RefusableForm):
    """A period of a product's stock: from, until, how much in all. It carries what it showed."""

    from_on = forms.DateField(label="Du", widget=DayInput)
    until_on = forms.DateField(label="Au", widget=DayInput, help_text="Ce jour compris.")
    amount = forms.CharField(label="Il y en a", max_length=40, widget=DECIMAL)
    from_seen = forms.DateField(widget=forms.HiddenInput, required=False)
    until_seen = forms.DateField(widget=forms.HiddenInput, required=False)
    amount_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, product: Product, stock: Stock | None = None, data: Any = None) -> None:
        self.unit = product.unit
        initial = {}
        if stock:
            initial = {
                "from_on": stock.period_from_on, "until_on": stock.period_until_on,
                "amount": str(product.quantity(stock.announced)), "from_seen": stock.period_from_on,
                "until_seen": stock.period_until_on, "amount_seen": stock.announced,
            }  # fmt: skip
        super().__init__(data, initial=initial, auto_id=f"s{stock.pk if stock else 0}_%s")

    def clean(self) -> dict[str, Any]:
        """Adds `period` and `seen`, unless something is wrong."""
        data = self.cleaned_data
        amount = self.count("amount", self.unit, most=STOCK_MAX)
        if not self.errors and amount is not None:
            data["period"] = Period(data["from_on"], data["until_on"], amount)
            from_on, until_on, there = data.get("from_seen"), data.get("until_seen"), data.get("amount_seen")
            data["seen"] = None
            if from_on is not None and until_on is not None and there is not None:
                data["seen"] = Period(from_on, until_on, there)
        return data
