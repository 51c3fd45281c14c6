"""Fees of an order (ruling 7), from its lines and its cycle's fees: outside all lists, shown before ordering."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cagette.core.money import Money, percent, total
from orders.cycles.enums import FeeKind
from orders.cycles.models import FeeTerms


@dataclass(frozen=True, slots=True)
class Charge:
    """What an order owes of one fee, VAT included."""

    fee: FeeTerms
    amount: Money

    @property
    def earner(self) -> str:
        """Who earns it; empty: the group."""
        return self.fee.earner


def charges(*, amounts: Sequence[Money], fees: Iterable[FeeTerms], owes_household_fee: bool = True) -> list[Charge]:
    """The fees that an order owes, those of nothing left out; an order without lines owes none.

    amounts: of each line, VAT included: final ones once there are some, so that percentages follow the weighing.
    owes_household_fee: whether a fee per household and cycle falls on this order (the household's first in the cycle).
    """
    if not amounts:
        return []
    found = [Charge(fee, _amount(fee, amounts, owes_household_fee)) for fee in fees]
    return [charge for charge in found if charge.amount]


def _amount(fee: FeeTerms, amounts: Sequence[Money], owes_household_fee: bool) -> Money:
    if fee.kind == FeeKind.PERCENT_LINE:
        return total([percent(amount, fee.permyriad) for amount in amounts])
    if fee.kind == FeeKind.PERCENT_ORDER:
        return percent(total(list(amounts)), fee.permyriad)
    if fee.kind == FeeKind.FIXED_LINE:
        return Money(fee.amount.cents * len(amounts))
    if fee.kind == FeeKind.FIXED_HOUSEHOLD and not owes_household_fee:
        return Money()
    return fee.amount
