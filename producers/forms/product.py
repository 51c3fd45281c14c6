"""The form of a product: the way it is sold, as a grower says it, and what each way needs."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cagette.core.quantities import Quantity, Unit
from cagette.core.words import MONTHS
from cagette.places.enums import VatClass
from producers.enums import ALLERGENS, LABELS, Category, StockMode, Storage
from producers.facts import REFERENCE_MAX, TEXTS, Facts, facts_of
from producers.forms import DRAWING_CHOICES, MoneyInput, QuantityByWay
from producers.forms.stock import StockFields
from producers.models import Product
from producers.price_lists.columns import CellUnreadable, read_content, write_content

WEIGHED, CASE = "weighed", "case"  # beside the units: how a grower says the two other ways
COUNTED = [
    (Unit.PIECE.value, "À la pièce"),
    (Unit.GRAM.value, "Au poids"),
    (Unit.MILLILITRE.value, "Au volume, au litre"),
    (WEIGHED, "À la pièce, pesée au retrait"),
]


class ProductForm(StockFields):
    """All that a farm says of a product; with its reference and stock when it is new. What does not belong to the way
    of selling that was chosen is left aside."""

    name = forms.CharField(label="Nom", max_length=TEXTS["name"])
    category = forms.ChoiceField(label="Rayon", choices=[("", "Choisir"), *Category.choices])
    description = forms.CharField(
        label="Description", required=False, max_length=TEXTS["description"], widget=forms.Textarea(attrs={"rows": 3})
    )
    drawing = forms.ChoiceField(label="Dessin", required=False, choices=DRAWING_CHOICES, widget=forms.RadioSelect)
    unit = forms.ChoiceField(
        label="Comment le vendez-vous ?",
        choices=[*COUNTED, (CASE, "Par colis que plusieurs foyers partagent")],
        widget=forms.RadioSelect,
        initial=Unit.PIECE.value,
    )
    case_unit = forms.ChoiceField(
        label="Les foyers y comptent",
        choices=COUNTED,
        widget=forms.RadioSelect,
        initial=Unit.PIECE.value,
        required=False,
    )
    case_size = QuantityByWay(
        label="Un colis contient",
        help_text="Par exemple : 12, ou 10 kg. Il est commandé quand des foyers le remplissent.",
    )
    maximum = forms.CharField(
        label="Au plus, par foyer", required=False, max_length=40, help_text="Vide : pas de maximum."
    )
    unit_price = MoneyInput(
        label="Prix TTC", help_text="En euros : la pièce ; le kilo au poids ou pesé au retrait ; le litre au volume."
    )
    piece_name = forms.CharField(
        label="Nom de la pièce", required=False, max_length=TEXTS["piece_name"], help_text="Par exemple : botte, pot."
    )
    pieces_name = forms.CharField(
        label="Au pluriel", required=False, max_length=TEXTS["pieces_name"], help_text="Par exemple : bottes, pots."
    )
    content = forms.CharField(
        label="Contenu d’une pièce",
        required=False,
        max_length=40,
        help_text="Par exemple : 350 g, 75 cl. Il donne le prix au kilo ou au litre, que la loi demande.",
    )
    weight = QuantityByWay(label="Une pièce pèse environ", help_text="Par exemple : 1,8 kg.")
    weight_least = QuantityByWay(label="La plus légère")
    weight_most = QuantityByWay(label="La plus lourde")
    step = forms.CharField(
        label="Par pas de", required=False, max_length=40, help_text="Au poids, par exemple : 500 g. À la pièce : 1."
    )
    minimum = forms.CharField(
        label="Au moins, par foyer", required=False, max_length=40, help_text="Quantité minimale. Vide : un pas."
    )
    vat_class = forms.ChoiceField(
        label="Classe de TVA",
        choices=VatClass.choices,
        initial=VatClass.FOOD,
        help_text="Le taux suit le point de retrait, le jour et votre régime.",
    )
    season = forms.TypedMultipleChoiceField(
        label="En saison",
        required=False,
        choices=[(number, name) for number, name in enumerate(MONTHS, start=1)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="Les mois où vous le livrez. Aucun mois coché : toute l’année.",
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
    is_perishable = forms.BooleanField(
        label="Denrée périssable",
        required=False,
        initial=True,
        help_text="Ce qui s’abîme vite n’est pas repris ; le reste peut être rendu sous quatorze jours (L221-28).",
    )
    is_active = forms.BooleanField(
        label="En vente", required=False, initial=True, help_text="Proposé dans les ventes qui ouvrent ensuite."
    )
    reference = forms.CharField(
        label="Référence", max_length=REFERENCE_MAX, help_text="La vôtre, ou celle que nous proposons."
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)

    def __init__(self, data: Any = None, *, product: Product | None = None, reference: str = "") -> None:
        new = {"reference": reference, "stock_mode": StockMode.UNLIMITED.value}
        super().__init__(data, initial=new if product is None else initial_of(product))
        if product is None:
            del self.fields["seen"]
            return
        for name in ("reference", *StockFields.base_fields):
            del self.fields[name]
        self.fields["unit"].disabled = self.fields["case_unit"].disabled = True
        if not product.case_size:
            del self.fields["case_size"], self.fields["maximum"], self.fields["case_unit"]

    def clean(self) -> dict[str, Any]:
        """Adds `facts`, and `wish` when the product is new, unless something is wrong."""
        data = self.cleaned_data
        by_case = data.get("unit") == CASE
        counted = data.get("case_unit") if by_case else data.get("unit")
        if by_case and not counted and "case_unit" not in self.errors:
            self.add_error("case_unit", _("Dites si les foyers y comptent des pièces, un poids ou un volume."))
        if not counted:
            return data
        unit = Unit.PIECE.value if counted == WEIGHED else counted
        how = {"unit": unit, **self._holds(counted), **(self._case(unit) if by_case else {}), **self._steps(unit)}
        wish = self.wish(unit) if "stock_mode" in self.fields else None
        if not self.errors:
            data["wish"] = wish
            data["facts"] = self._facts(data, how)
        return data

    def _holds(self, counted: str) -> dict[str, Any]:
        """What a piece holds; or, when it is weighed later, what it weighs: about, the lightest and the heaviest."""
        if counted == Unit.PIECE:
            content, unit = self._content("content")
            return {"content": content, "content_unit": unit}
        if counted != WEIGHED:
            return {}
        self.places = {**self.places, "content": "weight"}
        content, unit = self._content("weight")
        if content is None and "weight" not in self.errors:
            self.add_error("weight", _("Dites ce que pèse à peu près une pièce, par exemple 1,8 kg."))
        if unit == Unit.PIECE:
            self.add_error("weight", _("Un poids ou un volume, par exemple 1,8 kg."))
        if content is None or unit == Unit.PIECE:
            return {}
        found = {name: self.count(name, unit) for name in ("weight_least", "weight_most")}
        for name, value in found.items():
            if value is None and name not in self.errors:
                self.add_error(name, _("Le foyer voit entre quels prix il paiera : dites ce poids aussi."))
        return {"content": content, "content_unit": unit, "priced_in": unit, **found}

    def _case(self, unit: str) -> dict[str, Any]:
        size = self.count("case_size", unit)
        if size is None and "case_size" not in self.errors:
            self.add_error("case_size", _("Dites combien contient un colis, par exemple 12 ou 10 kg."))
        return {"case_size": size, "maximum": self.count("maximum", unit)}

    def _steps(self, unit: str) -> dict[str, Any]:
        step = self.count("step", unit)
        if step is None and unit != Unit.PIECE and "step" not in self.errors:
            self.add_error("step", _("Dites par combien on commande, par exemple 500 g."))
        step = 1 if step is None else step
        minimum = self.count("minimum", unit)
        return {"step": step, "minimum": step if minimum is None else minimum}

    def _content(self, name: str) -> tuple[int | None, str]:
        try:
            return read_content(self.cleaned_data.get(name) or "")
        except CellUnreadable as unreadable:
            self.add_error(name, str(unreadable))
            return None, ""

    def _facts(self, data: dict[str, Any], how: dict[str, Any]) -> Facts:
        told = ("name", "category", "unit_price", "description", "drawing", "piece_name", "pieces_name", "vat_class",
                "ingredients", "origin", "storage", "is_active", "is_perishable")  # fmt: skip
        marks: dict[str, Any] = {name: tuple(data[name]) for name in ("labels", "allergens", "season")}
        return Facts(**{name: data[name] for name in told}, **marks, **how)


def initial_of(product: Product) -> dict[str, Any]:
    """What the form of a product shows at first."""
    facts = facts_of(product)
    counted = WEIGHED if facts.is_estimated else facts.unit

    def words(count: int | None, unit: str = product.unit) -> str:
        return "" if count is None else str(Quantity(count, Unit(unit)))

    return {
        **{name: getattr(facts, name) for name in Facts.__dataclass_fields__},
        "unit": CASE if facts.case_size else counted,
        "case_unit": counted,
        "case_size": words(facts.case_size),
        "maximum": words(facts.maximum),
        "unit_price": facts.unit_price.plain.replace(".", ","),
        "content": "" if facts.is_estimated else write_content(facts),
        "weight": write_content(facts) if facts.is_estimated else "",
        "weight_least": words(facts.weight_least, facts.priced_in),
        "weight_most": words(facts.weight_most, facts.priced_in),
        "step": words(facts.step),
        "minimum": words(facts.minimum),
        "seen": facts.fingerprint,
    }
