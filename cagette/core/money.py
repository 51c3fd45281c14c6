"""Money as whole cents, and three of the four functions that round (the fourth, line_total, is in quantities)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from django.utils.translation import gettext as _

Key = TypeVar("Key", bound=int | str)

AMOUNT_MAX = 10_000_000  # cents: 100 000 €; what is typed above is a slip of the finger
PERMYRIAD = 10_000  # rates are counted in hundredths of a per cent: 550 is 5.5 %


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount in the currency's minor unit; VAT included wherever people see it."""

    cents: int = 0

    def __post_init__(self) -> None:
        if type(self.cents) is not int:
            raise TypeError(f"Money counts whole cents, not {self.cents!r}.")

    def __add__(self, other: Self) -> "Money":
        return Money(self.cents + other.cents)

    def __sub__(self, other: Self) -> "Money":
        return Money(self.cents - other.cents)

    def __neg__(self) -> "Money":
        return Money(-self.cents)

    def __bool__(self) -> bool:
        return self.cents != 0

    def __str__(self) -> str:
        """As French readers write it: 1 234,50 €, with the spaces that do not break."""
        euros, cents = divmod(abs(self.cents), 100)
        sign = "−" if self.cents < 0 else ""
        return f"{sign}{euros:,}".replace(",", "\u202f") + f",{cents:02d}\u00a0€"

    @property
    def plain(self) -> str:
        """For files that machines read: 1234.50."""
        euros, cents = divmod(abs(self.cents), 100)
        return f"{'-' if self.cents < 0 else ''}{euros}.{cents:02d}"

    @property
    def comma(self) -> str:
        """For a field that a French reader fills: 1234,50."""
        return self.plain.replace(".", ",")


class MoneyUnreadable(ValueError):
    """What was typed is not an amount. The message is fit for the person who typed it."""


_TYPED = re.compile(r"(\d{1,9})(?:[.,](\d*))?(?:€|eur|euros?)?", re.ASCII)


def read_money(text: str) -> Money:
    """Read what a person types ("3,40", "3.4", "1 234,50 €").

    Raises MoneyUnreadable for signs, words, NaN, exponents, parts of a cent and more than AMOUNT_MAX.
    """
    shown = {"text": text.strip()[:40]}
    found = _TYPED.fullmatch(re.sub(r"\s", "", text).lower())
    if not found:
        raise MoneyUnreadable(_("« %(text)s » n’est pas un montant. Écrivez par exemple 3,40.") % shown)
    euros, cents = found.group(1), found.group(2) or ""
    if len(cents) > 2:
        raise MoneyUnreadable(_("« %(text)s » est trop précis : un montant s’arrête au centime.") % shown)
    money = Money(int(euros) * 100 + int(cents.ljust(2, "0")))
    if money.cents > AMOUNT_MAX:
        raise MoneyUnreadable(_("« %(text)s » est un montant trop grand.") % shown)
    return money


def total(amounts: "list[Money] | tuple[Money, ...]") -> Money:
    """Add amounts up; nothing adds up to zero."""
    return Money(sum(amount.cents for amount in amounts))


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole number, halves away from zero; the denominator is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def percent(amount: Money, permyriad: int) -> Money:
    """Take a rate (550 is 5.5 %) of an amount, half up to the cent."""
    return Money(half_up(amount.cents * permyriad, PERMYRIAD))


@dataclass(frozen=True, slots=True)
class VatSplit:
    """A gross amount taken apart; it refuses to exist unless net + vat = gross."""

    gross: Money
    net: Money
    vat: Money
    permyriad: int

    def __post_init__(self) -> None:
        if self.net + self.vat != self.gross:
            raise ValueError(f"{self.net.plain} + {self.vat.plain} is not {self.gross.plain}.")


def split_vat(gross: Money, permyriad: int) -> VatSplit:
    """Take the VAT out of the gross per rate of one document: the VAT is rounded half up, the net is the rest.

    9.99 at 20 % holds 1.67 of VAT. Never called per line: line nets follow by `share`.
    """
    vat = Money(half_up(gross.cents * permyriad, PERMYRIAD + permyriad))
    return VatSplit(gross=gross, net=gross - vat, vat=vat, permyriad=permyriad)


class NothingToShareBy(ValueError):
    """All weights are zero, so nobody can be given a part."""


def share(amount: Money, weights: Mapping[Key, int]) -> dict[Key, Money]:
    """Split an amount by weights, to the cent, by the largest remainder; ties go to the first by key.

    Zero weights get nothing; the parts always sum to the amount. Raises NothingToShareBy when all weights are zero.
    """
    if min(weights.values(), default=0) < 0:
        raise ValueError("A weight cannot be negative.")
    whole = sum(weights.values())
    if whole == 0:
        raise NothingToShareBy(_("Il n’y a rien sur quoi répartir ce montant."))
    sign = -1 if amount.cents < 0 else 1
    parts = {key: divmod(abs(amount.cents) * weight, whole) for key, weight in weights.items()}
    missing = abs(amount.cents) - sum(part for part, _rest in parts.values())
    by_remainder = sorted((key for key in parts if weights[key]), key=lambda key: (-parts[key][1], key))
    lucky = set(by_remainder[:missing])
    return {key: Money(sign * (part + (key in lucky))) for key, (part, _rest) in parts.items()}
