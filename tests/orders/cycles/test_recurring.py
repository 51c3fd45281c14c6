"""The days that a rule names, by the calendar of 2026 and 2027."""

from datetime import date

import pytest

from orders.cycles.enums import Recurrence
from orders.cycles.models import CycleTemplate
from orders.cycles.recurring import deliveries, in_words, nth_weekday

SATURDAY = 5


def a_template(rule, **changed):
    return CycleTemplate(**{"rule": rule, "weekday": SATURDAY, "starts_on": date(2026, 11, 1), **changed})


@pytest.mark.parametrize(
    ("year", "month", "nth", "day"),
    [
        (2026, 11, 1, 7),
        (2026, 11, 4, 28),
        (2026, 11, 5, 28),  # November 2026 has four Saturdays: the fifth is the last
        (2026, 10, 5, 31),  # October has five
        (2027, 2, 5, 27),
        (2028, 2, 5, 26),
    ],
)
def test_the_nth_saturday_of_a_month_and_the_last_where_a_fifth_is_missing(year, month, nth, day):
    assert nth_weekday(year, month, weekday=SATURDAY, nth=nth) == date(year, month, day)


def test_every_week_from_the_first_such_day_on():
    found = deliveries(a_template(Recurrence.WEEKLY), from_on=date(2026, 11, 1), until_on=date(2026, 11, 30))

    assert found == [date(2026, 11, day) for day in (7, 14, 21, 28)]


def test_a_skipped_date_does_not_shift_fortnights():
    template = a_template(Recurrence.FORTNIGHTLY, skipped=[date(2026, 12, 5), date(2026, 12, 19)])

    found = deliveries(template, from_on=date(2026, 11, 20), until_on=date(2027, 1, 20))

    # 7 and 21 November, 5 and 19 December (skipped), 2 and 16 January
    assert found == [date(2026, 11, 21), date(2027, 1, 2), date(2027, 1, 16)]


def test_each_month_across_the_new_year():
    template = a_template(Recurrence.MONTHLY, nth=5)

    found = deliveries(template, from_on=date(2026, 11, 1), until_on=date(2027, 3, 31))

    assert found == [
        date(2026, 11, 28), date(2026, 12, 26), date(2027, 1, 30), date(2027, 2, 27), date(2027, 3, 27),
    ]  # fmt: skip


def test_nothing_before_the_start_nor_after_the_end_both_included():
    template = a_template(Recurrence.WEEKLY, starts_on=date(2026, 11, 14), until_on=date(2026, 11, 28))

    found = deliveries(template, from_on=date(2026, 1, 1), until_on=date(2027, 12, 31))

    assert found == [date(2026, 11, 14), date(2026, 11, 21), date(2026, 11, 28)]
    assert deliveries(template, from_on=date(2026, 12, 1), until_on=date(2027, 12, 31)) == []


def test_a_template_on_demand_names_no_day():
    assert deliveries(a_template(Recurrence.NONE), from_on=date(2026, 1, 1), until_on=date(2027, 1, 1)) == []


@pytest.mark.parametrize(
    ("rule", "nth", "words"),
    [
        (Recurrence.WEEKLY, 1, "chaque samedi"),
        (Recurrence.FORTNIGHTLY, 1, "un samedi sur deux"),
        (Recurrence.MONTHLY, 1, "le 1er samedi du mois"),
        (Recurrence.MONTHLY, 5, "le dernier samedi du mois"),
        (Recurrence.NONE, 1, "à la demande"),
    ],
)
def test_a_rule_is_said_in_words(rule, nth, words):
    assert in_words(a_template(rule, nth=nth)) == words
