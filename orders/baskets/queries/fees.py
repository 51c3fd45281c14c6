"""What an order owes beside its products."""

from collections import defaultdict
from collections.abc import Sequence

from cagette.core.money import Money
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine
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


def charges_by_order(orders: Sequence[Order]) -> dict[int, list[Charge]]:
    """The fees of a household's orders (with their pickups), by order: one query where their sales have none, else
    three, however many."""
    cycle_ids = {order.pickup.cycle_id for order in orders}
    fees: dict[int, list[Fee]] = defaultdict(list)
    for fee in Fee.objects.filter(cycle__in=cycle_ids).order_by("pk"):
        fees[fee.cycle_id].append(fee)
    charged = [order for order in orders if fees[order.pickup.cycle_id]]
    if not charged:
        return {}
    amounts: dict[int, list[Money]] = defaultdict(list)
    lines = OrderLine.objects.active().filter(order__in=charged)
    for order_id, amount in lines.order_by("pk").values_list("order_id", "final_amount"):
        amounts[order_id].append(amount)
    first = _first_of_cycles({order.household_id for order in charged}, set(fees))
    return {
        order.pk: charges(
            amounts=amounts[order.pk], fees=fees[order.pickup.cycle_id],
            owes_household_fee=first.get((order.household_id, order.pickup.cycle_id)) in (None, order.pk),
        )
        for order in charged
    }  # fmt: skip


def _first_of_cycles(household_ids: set[int], cycle_ids: set[int]) -> dict[tuple[int, int], int]:
    """Each household's first order in each cycle: the one that owes a fee per household and cycle."""
    placed = Order.objects.filter(household__in=household_ids, pickup__cycle__in=cycle_ids, state=OrderState.PLACED)
    rows = placed.order_by("-placed_at", "-pk").values_list("household_id", "pickup__cycle_id", "pk")
    return {(household_id, cycle_id): order_id for household_id, cycle_id, order_id in rows}
