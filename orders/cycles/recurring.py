"""When a template's sale comes back: days of delivery along its rule, in the calendar alone (no hours, no zones)."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from orders.cycles.enums import Recurrence
from orders.cycles.models import CycleTemplate


def nth_weekday(year: int, month: int, *, weekday: int, nth: int) -> date:
    """The n-th weekday (Monday is 0) of a month; a fifth one that the month lacks is its last (ruling 20)."""
    first, days = calendar.monthrange(year, month)
    day = 1 + (weekday - first) % 7 + (nth - 1) * 7
    return date(year, month, day if day <= days else day - 7)


def deliveries(template: CycleTemplate, *, from_on: date, until_on: date) -> list[date]:
    """The days of delivery that a template's rule names between two days, both included; skipped dates are left out.

    A skipped date does not shift fortnights: they are counted from the template's first day, whatever was skipped.
    """
    skipped = set(template.skipped)
    return [day for day in named(template, from_on=from_on, until_on=until_on) if day not in skipped]


def named(template: CycleTemplate, *, from_on: date, until_on: date) -> list[date]:
    """The same with the dates that are skipped."""
    last = min(until_on, template.until_on) if template.until_on else until_on
    if template.starts_on is None or last < template.starts_on:
        return []
    return [day for day in _days(template, template.starts_on, last) if day >= from_on]


def next_days(template: CycleTemplate, *, from_on: date, count: int) -> list[date]:
    """The next days that a template's rule names, skipped ones among them, from a day on; fewer where it ends."""
    first = max(from_on, template.starts_on or from_on)
    return named(template, from_on=from_on, until_on=first + timedelta(days=31 * (count + 1)))[:count]


def _days(template: CycleTemplate, start: date, last: date) -> Iterator[date]:
    if template.rule == Recurrence.MONTHLY:
        yield from _months(template, start, last)
    elif template.rule in (Recurrence.WEEKLY, Recurrence.FORTNIGHTLY):
        step = timedelta(weeks=1 if template.rule == Recurrence.WEEKLY else 2)
        day = start + timedelta(days=(template.weekday - start.weekday()) % 7)
        while day <= last:
            yield day
            day += step


def _months(template: CycleTemplate, start: date, last: date) -> Iterator[date]:
    year, month = start.year, start.month
    while (year, month) <= (last.year, last.month):
        day = nth_weekday(year, month, weekday=template.weekday, nth=template.nth)
        if start <= day <= last:
            yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def in_words(template: CycleTemplate) -> str:
    """chaque samedi; un samedi sur deux; le 1er samedi du mois; le dernier samedi du mois."""
    weekday = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")[template.weekday]
    if template.rule == Recurrence.WEEKLY:
        return f"chaque {weekday}"
    if template.rule == Recurrence.FORTNIGHTLY:
        return f"un {weekday} sur deux"
    if template.rule == Recurrence.MONTHLY:
        rank = {1: "1er", 5: "dernier"}.get(template.nth, f"{template.nth}e")
        return f"le {rank} {weekday} du mois"
    return "à la demande"
