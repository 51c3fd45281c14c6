"""What people type for an amount, and what is refused in words."""

import pytest

from cagette.core.money import Money, MoneyUnreadable, read_money


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("3,40", 340),
        ("3.40", 340),
        ("3,4", 340),
        ("3", 300),
        ("3,", 300),
        ("0", 0),
        ("0,05", 5),
        (" 1 234,50 € ", 123450),
        ("1\u202f234,50\u00a0€", 123450),
        ("12 euros", 1200),
        ("100000", 10_000_000),
    ],
)
def test_an_amount_is_read(typed, cents):
    assert read_money(typed) == Money(cents)


@pytest.mark.parametrize(
    "typed",
    ["", "-1", "−1", "+1", "NaN", "inf", "1e9", "1e2", "trois", "3,405", "3,400", "3,4,0", "1,234.50", "100000,01",
     "9" * 400, "٣", "3\x00", ",5", "3 %", "=3"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_in_words(typed):
    with pytest.raises(MoneyUnreadable, match="«"):
        read_money(typed)


def test_what_is_shown_is_read_again():
    for cents in (0, 5, 340, 123450, 9_999_999):
        assert read_money(str(Money(cents))) == Money(cents)
