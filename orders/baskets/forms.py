"""Browser text into clean Python values: one count of the shop, a whole basket."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import COUNT_MAX, Unit, read_quantity
from orders.baskets.changing import Wanted
from orders.baskets.queries.history import Sought
from orders.baskets.queries.places import Place
from orders.baskets.wishes import Wish
from producers.models import Product

_DIGITS = re.compile(r"[0-9]{1,9}")


class CountForm(forms.Form):
    """One offer's stepper: what is typed, and the button that was pressed (plus, moins, or none)."""

    offre = forms.IntegerField(min_value=1, max_value=2**62)
    quantite = forms.CharField(max_length=40, required=False)
    geste = forms.ChoiceField(choices=[("plus", "+"), ("moins", "−"), ("", "")], required=False)
    tolerance = forms.IntegerField(min_value=0, max_value=COUNT_MAX, required=False)

    def count(self, product: Product) -> int:
        """The count wanted, in base units. Raises QuantityUnreadable."""
        typed = self.cleaned_data["quantite"].strip()
        now = read_quantity(typed, Unit(product.unit)) if typed else 0
        beyond = now - product.minimum
        # what a shortage left off the step comes back to it
        if self.cleaned_data["geste"] == "plus":
            return product.minimum if beyond < 0 else now + product.step - beyond % product.step
        if self.cleaned_data["geste"] == "moins":
            return 0 if beyond <= 0 else now - (beyond % product.step or product.step)
        return now


class WishForm:
    """A tap on « favori », « me prévenir » or « comme la dernière fois »: what it is about, and which way it goes."""

    def __init__(self, data: QueryDict) -> None:
        self.wanted = data.get("voulu") != "non"
        self.offer_id = self._id(data.get("offre", ""))
        self.order_id = self._id(data.get("commande", ""))

    @staticmethod
    def _id(text: str) -> int:
        """0 for what is no number: nothing has it."""
        return int(text) if _DIGITS.fullmatch(text) else 0


class FeedForm:
    """What to do with a calendar's address: make it, change it (the key that was shown), close it."""

    def __init__(self, data: QueryDict) -> None:
        self.gesture = data.get("geste", "")
        try:
            self.seen: UUID | None = UUID(data.get("adresse", ""))
        except ValueError:
            self.seen = None


class HistoryForm:
    """Which orders are looked for; what is no address, year or page is left out."""

    def __init__(self, data: QueryDict) -> None:
        self._data = data

    def sought(self) -> tuple[Sought, int]:
        year, number = self._data.get("annee", ""), self._data.get("page", "")
        is_year = bool(re.fullmatch(r"[12]\d{3}", year, re.ASCII))
        group = self._data.get("groupe", "")
        is_group = bool(re.fullmatch(r"[-\w]{1,80}", group))
        sought = Sought(group=group if is_group else "", year=int(year) if is_year else 0)
        return sought, int(number) if _DIGITS.fullmatch(number) else 1


@dataclass(frozen=True, slots=True)
class SayingForm:
    """What the basket's form says beside counts: of each offer, and of the collection."""

    wishes: dict[int, Wish]
    slot_id: int | None
    collector: str


@dataclass(frozen=True, slots=True)
class BasketForm:
    """A basket as its form sends it: the order's version, the form's key, per offer a count, the price seen and what is
    said of it; when it is collected, and by whom."""

    version: int
    key: UUID
    wanted: dict[int, Wanted]
    said: SayingForm


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


class PlaceForm(forms.Form):
    """The pickup that an order goes to, with a slot where there are some."""

    to = forms.ChoiceField(label="Nouveau point de retrait", widget=forms.RadioSelect)

    def __init__(self, *args: Any, places: list[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(place.key, place.words) for place in places]
        self.fields["to"] = forms.ChoiceField(label=self.fields["to"].label, widget=forms.RadioSelect, choices=choices)

    def place(self) -> tuple[int, int | None]:
        """The pickup's key, and the slot's."""
        pickup, _dash, slot = self.cleaned_data["to"].partition("-")
        return int(pickup), int(slot) if slot else None


class FormGarbled(ValueError):
    """A hidden field is missing or is not what we wrote. The message is fit for the household."""


def read_basket(data: QueryDict) -> BasketForm:
    """Read a posted basket. Raises FormGarbled."""
    try:
        key = UUID(data.get("key", ""))
    except ValueError as error:
        raise FormGarbled(_garbled()) from error
    said, wanted = read_saying(data), {}
    for offer_id in said.wishes:
        seen, wish = Money(_number(data.get(f"seen-{offer_id}", ""))), said.wishes[offer_id]
        count = _number(data.get(f"count-{offer_id}", ""))
        wanted[offer_id] = Wanted(count, seen, wish.tolerance, wish.may_replace, wish.note)
    return BasketForm(version=_number(data.get("version", "")), key=key, wanted=wanted, said=said)


def read_saying(data: QueryDict) -> SayingForm:
    """Read what the basket's form says beside its counts. Raises FormGarbled."""
    named = [_number(name.removeprefix("count-")) for name in data if name.startswith("count-")]
    wishes = {
        offer_id: Wish(
            tolerance=_number(data.get(f"tolerance-{offer_id}") or "0"),
            may_replace=f"replace-{offer_id}" in data,
            note=data.get(f"note-{offer_id}", ""),
        )
        for offer_id in named
    }
    slot = data.get("slot", "")
    return SayingForm(wishes, _number(slot) if slot else None, data.get("collector", ""))


def read_offer(data: QueryDict, name: str) -> int | None:
    """The offer that a button names; None: another button was pressed. Raises FormGarbled."""
    return _number(data.get(name, "")) if name in data else None


def _number(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise FormGarbled(_garbled())
    return int(text)


def _garbled() -> str:
    return _("Le formulaire est incomplet. Rechargez la page et vérifiez votre panier : rien n’a été commandé.")
