"""Forms of a farm's pages, what they share and the small ones: what is typed becomes clean values; nothing is saved."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cagette.core.money import Money, MoneyUnreadable, read_money
from cagette.core.quantities import COUNT_MAX, Quantity, Unit
from cagette.places.enums import VatRegime
from producers.enums import DRAWINGS, StockMode
from producers.facts import STOCK_MAX, StockWish
from producers.price_lists.columns import CellUnreadable, read_count
from producers.price_lists.reading import BYTES_MAX
from producers.profiling import Profile
from producers.queries.catalogue import Entry
from producers.stocking import StockSeen

DECIMAL = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
DRAWING_CHOICES = [("", "D’après le nom"), *((key, label) for key, (label, _tint) in DRAWINGS.items())]


class MoneyInput(forms.CharField):
    """An amount, typed "3,40"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=DECIMAL, max_length=40, **options)

    def clean(self, value: Any) -> Any:
        """The text as a Money."""
        try:
            return read_money(super().clean(value))
        except MoneyUnreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from None


class ByWay:
    """A field that some ways of selling or counting need and others do not have: "optional" would not be true."""

    by_way = True


class QuantityByWay(ByWay, forms.CharField):
    """A quantity, typed "1,8 kg" or "12"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=DECIMAL, max_length=40, required=False, **options)


class DayInput(forms.DateInput):
    """A day, typed or picked."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RefusableForm(forms.Form):
    """A form that shows a refusal of the domain beside the field that it is about."""

    places: dict[str, str] = {}

    def refuse(self, refusal: Exception) -> None:
        field = getattr(refusal, "field", "")
        field = self.places.get(field, field)
        self.add_error(field if field in self.fields else None, str(refusal))

    def count(self, name: str, unit: str, *, most: int = COUNT_MAX) -> int | None:
        """A quantity typed in a field; None when it is empty or is not one, which the form then says."""
        text = self.cleaned_data.get(name) or ""
        if not text:
            return None
        try:
            return read_count(text, unit, most=most)
        except CellUnreadable as unreadable:
            self.add_error(name, str(unreadable))
            return None


class QuickForm(RefusableForm):
    """Price of one product, in its row of the catalogue; and its stock where that is no limit or a total. A count that
    is typed beside "no limit" is what its writer means. It carries what it showed."""

    unit_price = MoneyInput(label="Prix TTC")
    left = forms.CharField(label="Il en reste", required=False, max_length=40, widget=DECIMAL)
    unlimited = forms.BooleanField(label="Sans limite", required=False)
    price_seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    left_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    announced_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    remaining_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    counts_otherwise = False

    def __init__(self, entry: Entry, data: Any = None) -> None:
        self.unit = entry.product.unit
        shown = "" if entry.left is None else str(Quantity(entry.left, Unit(self.unit)))
        initial = {
            "unit_price": entry.product.unit_price.plain.replace(".", ","),
            "price_seen": entry.product.unit_price.cents,
            "left": shown,
            "left_shown": shown,
            "unlimited": entry.left is None,
            "announced_seen": entry.seen.announced if entry.seen else None,
            "remaining_seen": entry.seen.remaining if entry.seen else None,
        }
        super().__init__(data, initial=initial, auto_id=f"p{entry.product.pk}_%s")
        if entry.product.stock_mode not in (StockMode.UNLIMITED, StockMode.TOTAL):
            self.counts_otherwise = True
            for name in ("left", "unlimited", "left_shown", "announced_seen", "remaining_seen"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Adds `wish` (None: the stock stays as it is), `seen` and `price_was`."""
        data = self.cleaned_data
        if any(name in self.errors for name in ("price_seen", "left_shown", "announced_seen", "remaining_seen")):
            self.add_error(None, _("Ce formulaire est abîmé. Rechargez la page, puis recommencez."))
        if self.counts_otherwise and (self.data.get("left") or self.data.get("unlimited")):
            self.add_error(None, _("Le stock de ce produit se compte autrement à présent. Rechargez la page."))
        data["wish"] = None if self.counts_otherwise else self._wish(data.get("left_shown") or "")
        seen = (data.get("announced_seen"), data.get("remaining_seen"))
        data["seen"] = None if seen[0] is None or seen[1] is None else StockSeen(seen[0], seen[1])
        data["price_was"] = Money(data.get("price_seen") or 0)
        return data

    def _wish(self, shown: str) -> StockWish | None:
        """What is asked of the stock; None with an error in the form. shown: the text that `left` was shown with."""
        typed = self.cleaned_data.get("left") or ""
        if self.cleaned_data.get("unlimited") and typed in ("", shown):
            return StockWish()
        if self.cleaned_data.get("unlimited") and shown:
            self.add_error("left", _("Sans limite, ou un nombre : choisissez l’un des deux."))
            return None
        left = self.count("left", self.unit, most=STOCK_MAX)
        if left is None and "left" not in self.errors:
            self.add_error("left", _("Dites combien il en reste, ou cochez « sans limite »."))
        return None if left is None else StockWish(StockMode.TOTAL.value, left)


class ProfileForm(RefusableForm):
    """What a farm says of itself."""

    name = forms.CharField(label="Nom de la ferme", max_length=120)
    story = forms.CharField(
        label="Présentation",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Qui vous êtes, ce que vous cultivez ou élevez, comment.",
    )
    email = forms.EmailField(
        label="Adresse e-mail", max_length=254, help_text="C’est là qu’arrivent vos bons de préparation."
    )
    phone = forms.CharField(label="Téléphone", required=False, max_length=30)
    vat_regime = forms.ChoiceField(
        label="Régime de TVA",
        choices=VatRegime.choices,
        help_text="Il vaut pour les commandes passées ensuite ; celles qui existent gardent leur taux.",
    )
    drawing = forms.ChoiceField(
        label="Dessin", required=False, choices=[("", "Aucun"), *DRAWING_CHOICES[1:]], widget=forms.RadioSelect
    )

    def profile(self) -> Profile:
        """The clean profile."""
        return Profile(**self.cleaned_data)


class UploadForm(RefusableForm):
    """A price list."""

    file = forms.FileField(
        label="Votre fichier",
        help_text="CSV ou Excel (.xlsx), 5 000 produits et 2 Mo au plus.",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refuses what is too heavy before it is read."""
        file = self.cleaned_data["file"]
        if file.size > BYTES_MAX:
            raise forms.ValidationError(_("Ce fichier est trop lourd : 2 Mo au plus."))
        return file
