"""Money, quantities and the four functions that round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cagette.core.money import Money, NothingToShareBy, VatSplit, percent, share, split_vat, total
from cagette.core.quantities import Quantity, QuantityUnreadable, Unit, line_total, read_quantity

G, ML, PIECE = Unit.GRAM, Unit.MILLILITRE, Unit.PIECE


@pytest.mark.parametrize(
    ("cents", "said"),
    [(0, "0,00\u00a0€"), (5, "0,05\u00a0€"), (123450, "1\u202f234,50\u00a0€"), (-1500, "−15,00\u00a0€")],
)
def test_money_is_written_as_french_readers_do(cents, said):
    assert str(Money(cents)) == said


@pytest.mark.parametrize("amount", [1.5, "1", True, None])
def test_money_counts_whole_cents_and_nothing_else(amount):
    with pytest.raises(TypeError):
        Money(amount)


@pytest.mark.parametrize(
    ("count", "unit", "said"),
    [
        (750, G, "750\u00a0g"), (1000, G, "1\u00a0kg"), (2500, G, "2,5\u00a0kg"),
        (1_234_500, G, "1\u202f234,5\u00a0kg"),
        (750, ML, "75\u00a0cl"), (1500, ML, "1,5\u00a0L"), (5, ML, "5\u00a0ml"), (3, PIECE, "3"),
    ],
)  # fmt: skip
def test_a_quantity_is_written_with_its_unit(count, unit, said):
    assert str(Quantity(count, unit)) == said


def test_a_piece_has_its_name_in_singular_and_plural():
    assert Quantity(1, PIECE).in_words("botte", "bottes") == "1\u00a0botte"
    assert Quantity(29, PIECE).in_words("botte", "bottes") == "29\u00a0bottes"


@pytest.mark.parametrize(
    ("cents", "quantity", "amount"),
    [
        (340, Quantity(750, G), 255),
        (333, Quantity(750, G), 250),  # 249.75
        (290, Quantity(1750, G), 508),  # 507.5, half up
        (1, Quantity(499, G), 0),
        (1, Quantity(500, G), 1),
        (280, Quantity(29, PIECE), 8120),
        (520, Quantity(1500, ML), 780),
    ],
)
def test_a_line_total_is_price_times_quantity_half_up(cents, quantity, amount):
    assert line_total(Money(cents), quantity) == Money(amount)


def test_the_price_per_kilo_of_a_jar_is_its_price_per_its_content():
    assert line_total(Money(580), Quantity(1000, G), per=Quantity(350, G)) == Money(1657)


def test_two_units_do_not_meet():
    with pytest.raises(ValueError, match="do not add up"):
        Quantity(1, G) + Quantity(1, ML)
    with pytest.raises(ValueError, match="says nothing"):
        line_total(Money(1), Quantity(1, G), per=Quantity(1, PIECE))


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [(999, 2000, 167), (1000, 550, 52), (1000, 210, 21), (0, 2000, 0), (-999, 2000, -167), (100, 0, 0)],
)
def test_vat_is_taken_out_of_the_gross_and_the_net_is_the_rest(gross, rate, vat):
    split = split_vat(Money(gross), rate)

    assert (split.vat, split.net) == (Money(vat), Money(gross - vat))


def test_a_split_that_does_not_add_up_refuses_to_exist():
    with pytest.raises(ValueError, match="is not"):
        VatSplit(gross=Money(100), net=Money(80), vat=Money(19), permyriad=2000)


def test_percent_is_half_up():
    assert percent(Money(1050), 500) == Money(53)  # 52.5
    assert percent(Money(-1050), 500) == Money(-53)


def test_a_share_gives_the_largest_remainder_first_and_ties_to_the_first_key():
    assert share(Money(100), {"a": 1, "b": 1, "c": 1}) == {"a": Money(34), "b": Money(33), "c": Money(33)}
    assert share(Money(10), {1: 0, 2: 3}) == {1: Money(0), 2: Money(10)}
    with pytest.raises(NothingToShareBy):
        share(Money(10), {1: 0})


@given(
    st.integers(-(10**9), 10**9), st.dictionaries(st.integers(0, 50), st.integers(0, 10**6), min_size=1, max_size=12)
)
def test_shares_always_sum_to_the_amount(cents, weights):
    if not any(weights.values()):
        return
    parts = share(Money(cents), weights)

    assert total(list(parts.values())) == Money(cents)
    assert all(parts[key] == Money(0) for key, weight in weights.items() if weight == 0)


@pytest.mark.parametrize(
    ("typed", "unit", "count"),
    [
        ("750 g", G, 750),
        ("1,5 kg", G, 1500),
        ("1.5kg", G, 1500),
        ("0,250 kg", G, 250),
        ("3", PIECE, 3),
        ("75 cl", ML, 750),
    ],
)
def test_a_quantity_is_read_as_people_type_it(typed, unit, count):
    assert read_quantity(typed, unit) == count


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("-1", PIECE), ("0,5", PIECE), ("1e9", PIECE), ("NaN", G), ("", G), ("1,2345 kg", G), ("1 kg", PIECE),
        ("3 L", G),
        ("9999999 kg", G), ("٣", PIECE), ("0,5 g", G), ("1\x00", PIECE),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_in_words(typed, unit):
    with pytest.raises(QuantityUnreadable, match=r"[a-zé ]{8,}"):
        read_quantity(typed, unit)
