"""What an order owes beside its products."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

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


def owed_by(*, household_id: int, pickup_id: int, cycle_id: int) -> Callable[[Sequence[Money]], list[Charge]]:
    """What an order owes of fees by what its lines come to: one query, two where a fee is the household's."""
    fees = fees_of_cycle(cycle_id)
    first = True
    if any(fee.kind == FeeKind.FIXED_HOUSEHOLD for fee in fees):
        first = owes_household_fee(household_id=household_id, pickup_id=pickup_id, cycle_id=cycle_id)
    return lambda amounts: charges(amounts=amounts, fees=fees, owes_household_fee=first)


def charges_by_order(orders: Sequence[Order]) -> dict[int, list[Charge]]:
    """The fees of orders (with their pickups), by order: one query where their sales have none, else two, and one more
    where a fee is the household's, however many."""
    fees = fees_by_cycle({order.pickup.cycle_id for order in orders})
    charged = [order for order in orders if fees[order.pickup.cycle_id]]
    amounts: dict[int, list[Money]] = defaultdict(list)
    lines = OrderLine.objects.active().filter(order__in=charged) if charged else OrderLine.objects.none()
    for order_id, amount in lines.order_by("pk").values_list("order_id", "final_amount"):
        amounts[order_id].append(amount)
    return charges_of(charged, fees=fees, amounts=amounts)


def charges_of(
    orders: Sequence[Order], *, fees: Mapping[int, Sequence[Fee]], amounts: Mapping[int, Sequence[Money]]
) -> dict[int, list[Charge]]:
    """The same where fees (by cycle) and the amounts of lines (by order) are known: no query, one where a fee is the
    household's."""
    is_once = any(fee.kind == FeeKind.FIXED_HOUSEHOLD for some in fees.values() for fee in some)
    first = _first_of(set(fees), {order.household_id for order in orders}) if is_once else set()
    return {
        order.pk: charges(
            amounts=amounts.get(order.pk, ()), fees=fees.get(order.pickup.cycle_id, ()),
            owes_household_fee=order.pk in first,
        )
        for order in orders
    }  # fmt: skip


def fees_by_cycle(cycle_ids: set[int]) -> dict[int, list[Fee]]:
    """The fees of cycles, by cycle, in the order in which they are shown: one query."""
    fees: dict[int, list[Fee]] = defaultdict(list)
    for fee in Fee.objects.filter(cycle__in=cycle_ids).order_by("pk"):
        fees[fee.cycle_id].append(fee)
    return fees


def _first_of(cycle_ids: set[int], household_ids: set[int]) -> set[int]:
    """The first order of each of these households in each cycle: it owes the fee that falls once."""
    orders = Order.objects.filter(pickup__cycle__in=cycle_ids, household__in=household_ids, state=OrderState.PLACED)
    placed = orders.order_by("placed_at", "pk")
    first: dict[tuple[int, int], int] = {}
    for pk, cycle_id, household_id in placed.values_list("pk", "pickup__cycle_id", "household_id"):
        first.setdefault((cycle_id, household_id), pk)
    return set(first.values())
