"""The VAT of a document (producer × order, ruling 4): the gross per rate, taken apart by split_vat."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cagette.core.money import Money, VatSplit, split_vat, total


@dataclass(frozen=True, slots=True)
class Recap:
    """What a document holds of VAT, by rate, lowest first; net + VAT = gross, of each and in all."""

    splits: tuple[VatSplit, ...]

    @property
    def gross(self) -> Money:
        return total([split.gross for split in self.splits])

    @property
    def net(self) -> Money:
        return total([split.net for split in self.splits])

    @property
    def vat(self) -> Money:
        return total([split.vat for split in self.splits])


def recap(parts: Iterable[tuple[int, Money]]) -> Recap:
    """The recap of one document. parts: rate in hundredths of a per cent (frozen on the line) and gross, line by line.

    Rates are applied to the sum of their lines, never to a line: two lines of 0.10 at 5.5 % hold 0.01, not twice 0.01.
    """
    by_rate: dict[int, list[Money]] = defaultdict(list)
    for permyriad, gross in parts:
        by_rate[permyriad].append(gross)
    return Recap(tuple(split_vat(total(grosses), rate) for rate, grosses in sorted(by_rate.items())))
