"""What a household says of a line beside its count: tolerance for a case, replacement, a note."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from orders.baskets.models import BasketLine, OrderLine

NOTE_MAX, COLLECTOR_MAX = 200, 120
# beside control characters, those that turn the direction of what follows: a list prints notes of many households
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Wish:
    """tolerance: that much more may be taken to fill a case, in base units. may_replace: something like it will do."""

    tolerance: int = 0
    may_replace: bool = False
    note: str = ""

    def with_(self, other: "Wish") -> "Wish":
        """Both together, as a proposal: the larger tolerance, a replacement if one of the two wants it, both notes."""
        notes = [note for note in dict.fromkeys((other.note, self.note)) if note]
        both = " / ".join(notes)
        return Wish(
            tolerance=max(self.tolerance, other.tolerance),
            may_replace=self.may_replace or other.may_replace,
            note=both if len(both) <= NOTE_MAX else self.note,
        )


def wish_of(line: OrderLine | BasketLine) -> Wish:
    return Wish(line.tolerance, line.may_replace, line.note)


def wishes_by_offer(lines: Iterable[OrderLine]) -> dict[int, Wish]:
    """What was said of each offer that active lines hold: the same on all its lines."""
    return {line.offer_id: wish_of(line) for line in lines if line.cancelled_at is None}


def cleaned(text: str) -> str:
    """One line of plain words: control characters and those that turn the writing direction become spaces."""
    plain = (" " if unicodedata.category(c) == "Cc" or c in _TURNING else c for c in text)
    return " ".join("".join(plain).split())
