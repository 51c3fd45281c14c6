"""Forms of a farm's pages: what is typed becomes clean values; nothing is saved here."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cagette.core.money import Money, MoneyUnreadable, read_money
from cagette.core.quantities import COUNT_MAX, Quantity, Unit
from cagette.places.enums import VatClass, VatRegime
from producers.enums import ALLERGENS, DRAWINGS, LABELS, Category, StockMode, Storage
from producers.facts import REFERENCE_MAX, STOCK_MAX, TEXTS, Facts, StockWish, facts_of
from producers.models import Product
from producers.price_lists.columns import CellUnreadable, read_content, read_count, write_content
from producers.price_lists.reading import BYTES_MAX
from producers.profiling import Profile
from producers.queries import Entry
from producers.stocking import StockSeen

_DECIMAL = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
DRAWING_CHOICES = [("", "D’après le nom"), *((key, label) for key, (label, _tint) in DRAWINGS.items())]


class MoneyInput(forms.CharField):
    """An amount, typed "3,40"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=_DECIMAL, max_length=40, **options)

    def clean(self, value: Any) -> Any:
        """The text as a Money."""
        try:
            return read_money(super().clean(value))
        except MoneyUnreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from None


class RefusableForm(forms.Form):
    """A form that shows a refusal of the domain beside the field that it is about."""

    places: dict[str, str] = {"stock_mode": "left"}

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


class StockFields(RefusableForm):
    """No limit, or what is left. A count that is typed beside "no limit" is what its writer means."""

    unlimited = forms.BooleanField(label="Sans limite", required=False)
    left = forms.CharField(label="Il en reste", required=False, max_length=40, widget=_DECIMAL)

    def wish(self, unit: str, *, shown: str = "") -> StockWish | None:
        """What is asked of the stock; None with an error in the form. shown: the text that `left` was shown with."""
        typed = self.cleaned_data.get("left") or ""
        if self.cleaned_data.get("unlimited") and typed in ("", shown):
            return StockWish()
        if self.cleaned_data.get("unlimited") and shown:
            self.add_error("left", _("Sans limite, ou un nombre : choisissez l’un des deux."))
            return None
        left = self.count("left", unit, most=STOCK_MAX)
        if left is None and "left" not in self.errors:
            self.add_error("left", _("Dites combien il en reste, ou cochez « sans limite »."))
        return None if left is None else StockWish(StockMode.TOTAL.value, left)


class QuickForm(StockFields):
    """Price and stock of one product, in its row of the catalogue. It carries what it showed."""

    unit_price = MoneyInput(label="Prix TTC")
    price_seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    left_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    announced_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    remaining_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    field_order = ("unit_price", "left", "unlimited")

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

    def clean(self) -> dict[str, Any]:
        """Adds `wish`, `seen` and `price_was`."""
        data = self.cleaned_data
        if any(name in self.errors for name in ("price_seen", "left_shown", "announced_seen", "remaining_seen")):
            self.add_error(None, _("Ce formulaire est abîmé. Rechargez la page, puis recommencez."))
        data["wish"] = self.wish(self.unit, shown=data.get("left_shown") or "")
        seen = (data.get("announced_seen"), data.get("remaining_seen"))
        data["seen"] = None if seen[0] is None or seen[1] is None else StockSeen(seen[0], seen[1])
        data["price_was"] = Money(data.get("price_seen") or 0)
        return data


class ProductForm(StockFields):
    """All that a farm says of a product; with its reference and stock when it is new."""

    name = forms.CharField(label="Nom", max_length=TEXTS["name"])
    category = forms.ChoiceField(label="Rayon", choices=[("", "Choisir"), *Category.choices])
    description = forms.CharField(
        label="Description", required=False, max_length=TEXTS["description"], widget=forms.Textarea(attrs={"rows": 3})
    )
    drawing = forms.ChoiceField(label="Dessin", required=False, choices=DRAWING_CHOICES, widget=forms.RadioSelect)
    unit = forms.ChoiceField(
        label="Comment le vendez-vous ?",
        choices=[(Unit.PIECE.value, "À la pièce"), (Unit.GRAM.value, "Au poids")],
        widget=forms.RadioSelect,
        initial=Unit.PIECE.value,
    )
    unit_price = MoneyInput(label="Prix TTC", help_text="En euros : la pièce, ou le kilo si vous vendez au poids.")
    piece_name = forms.CharField(
        label="Nom de la pièce", required=False, max_length=TEXTS["piece_name"], help_text="Par exemple : botte, pot."
    )
    pieces_name = forms.CharField(
        label="Au pluriel", required=False, max_length=TEXTS["pieces_name"], help_text="Par exemple : bottes, pots."
    )
    content = forms.CharField(
        label="Contenu d’une pièce",
        required=False,
        max_length=40,
        help_text="Par exemple : 350 g, 75 cl. Il donne le prix au kilo ou au litre, que la loi demande.",
    )
    step = forms.CharField(
        label="Par pas de", required=False, max_length=40, help_text="Au poids, par exemple : 500 g. À la pièce : 1."
    )
    minimum = forms.CharField(label="Quantité minimale", required=False, max_length=40, help_text="Vide : un pas.")
    vat_class = forms.ChoiceField(
        label="Classe de TVA",
        choices=VatClass.choices,
        initial=VatClass.FOOD,
        help_text="Le taux suit le point de retrait, le jour et votre régime.",
    )
    labels = forms.MultipleChoiceField(
        label="Labels", required=False, choices=list(LABELS.items()), widget=forms.CheckboxSelectMultiple
    )
    allergens = forms.MultipleChoiceField(
        label="Allergènes", required=False, choices=list(ALLERGENS.items()), widget=forms.CheckboxSelectMultiple
    )
    ingredients = forms.CharField(
        label="Ingrédients", required=False, max_length=TEXTS["ingredients"], widget=forms.Textarea(attrs={"rows": 2})
    )
    origin = forms.CharField(label="Origine", required=False, max_length=TEXTS["origin"])
    storage = forms.ChoiceField(label="Conservation", choices=Storage.choices, initial=Storage.AMBIENT)
    is_active = forms.BooleanField(
        label="En vente", required=False, initial=True, help_text="Proposé dans les ventes qui ouvrent ensuite."
    )
    reference = forms.CharField(
        label="Référence", max_length=REFERENCE_MAX, help_text="La vôtre, ou celle que nous proposons."
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)

    def __init__(self, data: Any = None, *, product: Product | None = None, reference: str = "") -> None:
        initial = {"reference": reference, "unlimited": True} if product is None else initial_of(product)
        super().__init__(data, initial=initial)
        if product is None:
            del self.fields["seen"]
            return
        for name in ("reference", "left", "unlimited"):
            del self.fields[name]
        self.fields["unit"].disabled = True
        if product.unit == Unit.MILLILITRE:
            self.fields["unit"] = forms.ChoiceField(choices=Unit.choices, disabled=True, widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any]:
        """Adds `facts`, and `wish` when the product is new, unless something is wrong."""
        data = self.cleaned_data
        unit = data.get("unit")
        if not unit:
            return data
        content = self._content(data.get("content") or "") if unit == Unit.PIECE else (None, "")
        step = self.count("step", unit)
        if step is None and unit != Unit.PIECE and "step" not in self.errors:
            self.add_error("step", _("Dites par combien on commande, par exemple 500 g."))
        minimum = self.count("minimum", unit)
        wish = self.wish(unit) if "left" in self.fields else None
        if not self.errors:
            data["wish"] = wish
            step = 1 if step is None else step
            data["facts"] = self._facts(data, content=content, step=step, minimum=step if minimum is None else minimum)
        return data

    def _content(self, text: str) -> tuple[int | None, str]:
        try:
            return read_content(text)
        except CellUnreadable as unreadable:
            self.add_error("content", str(unreadable))
            return None, ""

    def _facts(self, data: dict[str, Any], *, content: tuple[int | None, str], step: int, minimum: int) -> Facts:
        same = {name: data[name] for name in Facts.__dataclass_fields__ if name in self.fields}
        same |= {"content": content[0], "content_unit": content[1], "step": step, "minimum": minimum}
        return Facts(**{**same, "labels": tuple(data["labels"]), "allergens": tuple(data["allergens"])})


def initial_of(product: Product) -> dict[str, Any]:
    """What the form of a product shows at first."""
    facts = facts_of(product)
    shown = {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
    return {
        **shown,
        "unit_price": facts.unit_price.plain.replace(".", ","),
        "content": write_content(facts),
        "step": str(product.quantity(facts.step)),
        "minimum": str(product.quantity(facts.minimum)),
        "seen": facts.fingerprint,
    }


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
