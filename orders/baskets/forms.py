"""Browser text into clean Python values: one count of the shop, a whole basket."""

import re
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import Unit, read_quantity
from orders.baskets.changing import Wanted
from producers.models import Product

_DIGITS = re.compile(r"^\d{1,9}$")


class CountForm(forms.Form):
    """One offer's stepper: what is typed, and the button that was pressed (plus, moins, or none)."""

    offre = forms.IntegerField(min_value=1, max_value=2**62)
    quantite = forms.CharField(max_length=40, required=False)
    geste = forms.ChoiceField(choices=[("plus", "+"), ("moins", "−"), ("", "")], required=False)

    def count(self, product: Product) -> int:
        """The count wanted, in base units. Raises QuantityUnreadable."""
        typed = self.cleaned_data["quantite"].strip()
        now = read_quantity(typed, Unit(product.unit)) if typed else 0
        if self.cleaned_data["geste"] == "plus":
            return product.minimum if now < product.minimum else now + product.step
        if self.cleaned_data["geste"] == "moins":
            return 0 if now <= product.minimum else now - product.step
        return now


@dataclass(frozen=True, slots=True)
class BasketForm:
    """A basket as its form sends it: the order's version, the form's key, and per offer a count and the price seen."""

    version: int
    key: UUID
    wanted: dict[int, Wanted]


class RemindersForm(forms.Form):
    """What a person wants to be told; a box that is not ticked is not wanted."""

    opening = forms.BooleanField(label="L’ouverture d’une vente", required=False)
    closing = forms.BooleanField(
        label="La veille de la clôture", help_text="Seulement si votre foyer n’a rien commandé.", required=False
    )
    collection = forms.BooleanField(
        label="Le matin du retrait", help_text="Avec le code, le lieu et ce qu’il y a à régler.", required=False
    )
    news = forms.BooleanField(
        label="Le point du matin de mes groupes et de mes fermes",
        help_text="Une lettre par jour au plus, seulement quand il y a du nouveau.",
        required=False,
    )


class FormGarbled(ValueError):
    """A hidden field is missing or is not what we wrote. The message is fit for the household."""


def read_basket(data: QueryDict) -> BasketForm:
    """Read a posted basket. Raises FormGarbled."""
    try:
        key = UUID(data.get("key", ""))
    except ValueError as error:
        raise FormGarbled(_garbled()) from error
    wanted = {}
    for name in data:
        if name.startswith("count-"):
            offer_id = _number(name.removeprefix("count-"))
            seen = _number(data.get(f"seen-{offer_id}", ""))
            wanted[offer_id] = Wanted(count=_number(data.get(name, "")), price_seen=Money(seen))
    return BasketForm(version=_number(data.get("version", "")), key=key, wanted=wanted)


def _number(text: str) -> int:
    if not _DIGITS.match(text):
        raise FormGarbled(_garbled())
    return int(text)


def _garbled() -> str:
    return _("Le formulaire est incomplet. Rechargez la page et vérifiez votre panier : rien n’a été commandé.")
