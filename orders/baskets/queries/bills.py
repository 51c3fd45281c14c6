"""What a basket comes to: products, fees by who earns them, and the likely range where something is weighed later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cagette.core.money import Money, total
from orders.baskets.queries.entries import Entry
from orders.baskets.queries.fees import fees_of_cycle, owes_household_fee
from orders.cycles.charging import Charge, charges
from orders.cycles.enums import FeeKind
from orders.cycles.models import Fee, Pickup


@dataclass(frozen=True, slots=True)
class Bill:
    """Amounts, VAT included. least and most: what all of it is likely to come to once weighed, fees included."""

    products: Money
    charges: list[Charge]
    least: Money
    most: Money

    @property
    def total(self) -> Money:
        return self.products + total([charge.amount for charge in self.charges])

    @property
    def likely(self) -> tuple[Money, Money] | None:
        """None where nothing is weighed later, or no range is known."""
        return None if self.least == self.most else (self.least, self.most)


def bill_of(entries: Iterable[Entry], fees: Sequence[Fee], *, owes_household_fee: bool = True) -> Bill:
    """The bill of a basket. Percentages follow what is weighed, so they have a range as well; each part of an entry at
    a price of its own is a line, as placing writes it."""
    amounts: list[Money] = []
    least: list[Money] = []
    most: list[Money] = []
    for entry in entries:
        for part in entry.parts:
            low, high = entry.product.range_of(part.count, part.price) or (part.amount, part.amount)
            amounts.append(part.amount)
            least.append(low)
            most.append(high)
    owed, owed_least, owed_most = (
        charges(amounts=column, fees=fees, owes_household_fee=owes_household_fee) for column in (amounts, least, most)
    )
    return Bill(total(amounts), owed, _with(least, owed_least), _with(most, owed_most))


def _with(amounts: list[Money], owed: list[Charge]) -> Money:
    return total(amounts) + total([charge.amount for charge in owed])


def basket_bill(entries: Iterable[Entry], *, pickup: Pickup, household_id: int | None) -> Bill:
    """The bill of a household's or a visitor's basket: one query, two where a fee is the household's."""
    fees = fees_of_cycle(pickup.cycle_id)
    first = True
    if household_id is not None and any(fee.kind == FeeKind.FIXED_HOUSEHOLD for fee in fees):
        first = owes_household_fee(household_id=household_id, pickup_id=pickup.pk, cycle_id=pickup.cycle_id)
    return bill_of(entries, fees, owes_household_fee=first)
