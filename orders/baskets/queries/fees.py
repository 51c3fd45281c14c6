"""What an order owes beside its products."""

from collections.abc import Sequence

from cagette.core.money import Money
from orders.baskets.enums import OrderState
from orders.baskets.models import Order
from orders.cycles.charging import Charge, charges
from orders.cycles.enums import FeeKind
from orders.cycles.models import Fee


def fees_of_cycle(cycle_id: int) -> list[Fee]:
    """The fees of a cycle, in the order in which they are shown: one query."""
    return list(Fee.objects.filter(cycle_id=cycle_id).order_by("pk"))


def owes_household_fee(*, household_id: int, pickup_id: int, cycle_id: int) -> bool:
    """Whether the order of a household at a pickup (there or still to be placed) is the first in the cycle."""
    mine = Order.objects.filter(household_id=household_id, pickup__cycle_id=cycle_id, state=OrderState.PLACED)
    first = mine.order_by("placed_at", "pk").values_list("pickup_id", flat=True).first()
    return first in (None, pickup_id)


def order_charges(*, household_id: int, pickup_id: int, cycle_id: int, amounts: Sequence[Money]) -> list[Charge]:
    """The fees of an order whose lines come to these amounts: one query, two where a fee is the household's."""
    fees = fees_of_cycle(cycle_id)
    first = True
    if any(fee.kind == FeeKind.FIXED_HOUSEHOLD for fee in fees):
        first = owes_household_fee(household_id=household_id, pickup_id=pickup_id, cycle_id=cycle_id)
    return charges(amounts=amounts, fees=fees, owes_household_fee=first)
