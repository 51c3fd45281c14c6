"""Amounts and rates as a coordinator types them."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cagette.core.money import PERMYRIAD, Money, MoneyUnreadable, read_money

_RATE = re.compile(r"(\d{1,3})(?:[.,](\d*))?%?", re.ASCII)


def _decimal() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class AmountField(forms.CharField):
    """An amount typed "3,40"; empty is nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=_decimal(), max_length=40, required=False, **options)

    def clean(self, value: Any) -> Any:
        """The text as a Money."""
        text = super().clean(value)
        try:
            return read_money(text) if text else Money()
        except MoneyUnreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from None


class RateUnreadable(ValueError):
    """What was typed is not a rate. The message is fit for the person who typed it."""


def read_rate(text: str) -> int:
    """Read "5,5" or "5.5 %" as hundredths of a per cent: 550. Raises RateUnreadable for signs, words, more than two
    decimals and more than 100 %."""
    shown = {"text": text.strip()[:40]}
    found = _RATE.fullmatch(re.sub(r"\s", "", text))
    if not found:
        raise RateUnreadable(_("« %(text)s » n’est pas un pourcentage. Écrivez par exemple 5,5.") % shown)
    whole, rest = found.group(1), found.group(2) or ""
    if len(rest) > 2:
        raise RateUnreadable(_("« %(text)s » est trop précis : un taux s’arrête au centième.") % shown)
    rate = int(whole) * 100 + int(rest.ljust(2, "0"))
    if rate > PERMYRIAD:
        raise RateUnreadable(_("« %(text)s » dépasse 100 %%.") % shown)
    return rate


def write_rate(permyriad: int) -> str:
    """550 as a field shows it: 5,5."""
    whole, rest = divmod(permyriad, 100)
    return f"{whole}" + (f",{rest:02d}".rstrip("0") if rest else "")
