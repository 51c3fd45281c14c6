"""Fees, by hand: each kind, who earns it, and what an order with nothing left owes."""

import pytest

from cagette.core.money import Money, total
from orders.cycles.charging import charges
from orders.cycles.enums import FeeKind
from orders.cycles.models import Fee


def a_fee(kind, *, permyriad=0, cents=0, **others):
    return Fee(name="Participation", kind=kind, permyriad=permyriad, amount=Money(cents), **others)


LINES = [Money(255), Money(999), Money(1)]  # 12.55 in all


@pytest.mark.parametrize(
    ("fee", "cents"),
    [
        # 7.5 % of 2.55 is 0.19125, of 9.99 is 0.74925, of 0.01 is 0.00075: each line rounds
        (a_fee(FeeKind.PERCENT_LINE, permyriad=750), 19 + 75 + 0),
        # 7.5 % of 12.55 is 0.94125: the order rounds once
        (a_fee(FeeKind.PERCENT_ORDER, permyriad=750), 94),
        (a_fee(FeeKind.FIXED_LINE, cents=10), 30),
        (a_fee(FeeKind.FIXED_ORDER, cents=50), 50),
        (a_fee(FeeKind.FIXED_HOUSEHOLD, cents=200), 200),
    ],
)
def test_each_kind_of_fee_comes_to_its_own_amount(fee, cents):
    assert [charge.amount for charge in charges(amounts=LINES, fees=[fee])] == [Money(cents)]


def test_half_a_cent_of_a_percentage_rounds_up():
    fee = a_fee(FeeKind.PERCENT_ORDER, permyriad=500)

    assert charges(amounts=[Money(1010)], fees=[fee])[0].amount == Money(51)  # 0.505


def test_an_order_with_nothing_left_owes_no_fee_of_any_kind():
    fees = [a_fee(kind, permyriad=500, cents=100) for kind in FeeKind]

    assert charges(amounts=[], fees=fees) == []


def test_the_fee_of_a_household_falls_on_one_of_its_orders_alone():
    fees = [a_fee(FeeKind.FIXED_HOUSEHOLD, cents=200), a_fee(FeeKind.FIXED_ORDER, cents=50)]

    second = charges(amounts=LINES, fees=fees, owes_household_fee=False)

    assert [charge.fee.kind for charge in second] == [FeeKind.FIXED_ORDER]


def test_fees_follow_the_final_amounts_in_percent_and_stay_where_they_are_fixed():
    fees = [a_fee(FeeKind.PERCENT_ORDER, permyriad=1000), a_fee(FeeKind.FIXED_ORDER, cents=50)]

    estimated, weighed = (total([c.amount for c in charges(amounts=[Money(a)], fees=fees)]) for a in (2000, 2310))

    assert (estimated, weighed) == (Money(250), Money(281))


def test_a_fee_says_who_earns_it():
    fee = a_fee(FeeKind.FIXED_ORDER, cents=50, earner="La cagnotte solidaire")

    assert charges(amounts=LINES, fees=[fee])[0].earner == "La cagnotte solidaire"
