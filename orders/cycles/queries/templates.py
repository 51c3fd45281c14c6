"""Templates of sales: the list, and one with the next dates that its rule names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cagette.core import words
from cagette.core.localtime import HourMissing
from cagette.core.money import Money
from cagette.people.models import Organisation
from orders.cycles import drafting, recurring
from orders.cycles.checking import PlanRefused, check_times
from orders.cycles.drafting import Kept
from orders.cycles.enums import CaseRule, MinimumRule, Recurrence
from orders.cycles.models import Cycle, CycleTemplate

DATES = 12


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template in the list."""

    template: CycleTemplate
    rhythm: str
    farms: int
    points: int


@dataclass(frozen=True, slots=True)
class TemplatesPage:
    """All that the list of templates shows."""

    group: Organisation
    current: list[TemplateRow]
    ended: list[TemplateRow]


def templates_page(*, group: Organisation) -> TemplatesPage:
    """One query."""
    rows = [
        TemplateRow(one, recurring.in_words(one), len(one.plan["farms"]), len(one.plan["points"]))
        for one in CycleTemplate.objects.filter(organisation=group).order_by("name", "pk")
    ]
    return TemplatesPage(
        group, [row for row in rows if not row.template.ended_at], [row for row in rows if row.template.ended_at]
    )


@dataclass(frozen=True, slots=True)
class DateRow:
    """A date of a template. state: planned, skipped, due, late (its close has passed) or stuck (problem says why).

    by_itself: when the rule plans it, in words; empty without a rule. closed: farms that do not come that day, and why.
    """

    day: date
    state: str
    cycle: Cycle | None = None
    by_itself: str = ""
    problem: str = ""
    closed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KeptFarm:
    """A farm of a template: its own close and its minimum, if any."""

    name: str
    closes: str
    minimum: Money


@dataclass(frozen=True, slots=True)
class KeptPoint:
    """A point of a template: its hours, its room, its slots."""

    name: str
    hours: str
    capacity: int | None
    slot_minutes: int | None
    slot_capacity: int | None


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """All that a template's page shows."""

    group: Organisation
    template: CycleTemplate
    rhythm: str
    opens: str
    closes: str
    farms: list[KeptFarm]
    points: list[KeptPoint]
    gone: list[str]
    rules: list[tuple[str, str]]
    dates: list[DateRow]
    now: datetime


def template_page(*, template: CycleTemplate, now: datetime) -> TemplatePage:
    """Four queries, however many dates: its farms, its points, their pauses, its sales."""
    group, plan = template.organisation, template.plan
    today = group.local(now).date()
    kept = drafting.read_template(template, from_on=today)
    return TemplatePage(
        group=group,
        template=template,
        rhythm=recurring.in_words(template),
        opens=when_in_words(plan["opens"]),
        closes=when_in_words(plan["closes"]),
        farms=[
            KeptFarm(
                kept.farms[farm["producer"]], when_in_words(farm["closes"]) if farm["closes"] else "",
                Money(farm["minimum"]),
            )
            for farm in plan["farms"]
            if farm["producer"] in kept.farms
        ],
        points=[
            KeptPoint(
                kept.points[point["point"]], f"de {_clock(point['from'])} à {_clock(point['to'])}", point["capacity"],
                point["slot_minutes"], point["slot_capacity"],
            )
            for point in plan["points"]
            if point["point"] in kept.points
        ],
        gone=kept.gone,
        rules=_rules(plan["rules"]),
        dates=list(_dates(kept, today, now=now)),
        now=now,
    )  # fmt: skip


def _rules(kept: "dict[str, int | str | bool]") -> list[tuple[str, str]]:
    minimum = Money(int(kept["order_minimum"]))
    return [
        ("Minimum par commande", str(minimum) if minimum else "aucun"),
        ("Ferme sous son minimum", MinimumRule(str(kept["minimum_rule"])).label),
        ("Colis incomplet", CaseRule(str(kept["case_rule"])).label),
        ("Remarques des foyers", "permises" if kept["allows_notes"] else "non"),
        ("Noms des foyers sur les bons", "oui" if kept["shows_names"] else "non"),
    ]


def when_in_words(kept: "tuple[int, str] | list[int | str]") -> str:
    """[-2, "20:00"]: 2 jours avant la livraison, à 20 h."""
    days = int(kept[0])
    if days == 0:
        said = "le jour de la livraison"
    elif days > 0:
        said = "le lendemain de la livraison" if days == 1 else f"{days} jours après la livraison"
    else:
        said = "la veille de la livraison" if days == -1 else f"{-days} jours avant la livraison"
    return f"{said}, à {_clock(kept)}"


def _clock(kept: "tuple[int, str] | list[int | str]") -> str:
    hour, _colon, minute = str(kept[1]).partition(":")
    return f"{int(hour)}\u00a0h" + (f"\u00a0{minute}" if minute != "00" else "")


def _dates(kept: Kept, today: date, *, now: datetime) -> Iterator[DateRow]:
    """The next dates of the rule, and the days for which a sale was planned by hand; one query."""
    template = kept.template
    sales = template.cycles.filter(template_on__gte=today).order_by("template_on")
    planned = {cycle.template_on: cycle for cycle in sales if cycle.template_on}
    named = [] if template.ended_at else recurring.next_days(template, from_on=today, count=DATES)
    for day in sorted({*named, *planned}):
        yield _row(kept, day, planned.get(day), now)


def _row(kept: Kept, day: date, cycle: Cycle | None, now: datetime) -> DateRow:
    template = kept.template
    if cycle is not None:
        return DateRow(day, "planned", cycle)
    if day in template.skipped:
        return DateRow(day, "skipped")
    try:
        draft = kept.draft(day)
        if draft.plan.closes_at <= now:
            return DateRow(day, "late")
        check_times(template.organisation, draft.plan, now=now)
    except (HourMissing, PlanRefused) as refused:
        return DateRow(day, "stuck", problem=str(refused))
    return DateRow(day, "due", by_itself=_by_itself(template, day, now), closed=draft.closed)


def _by_itself(template: CycleTemplate, day: date, now: datetime) -> str:
    if template.rule == Recurrence.NONE:
        return ""
    planned_on = day - timedelta(weeks=template.weeks_ahead)
    soon = planned_on <= template.organisation.local(now).date()
    return "d’elle-même dans quelques minutes" if soon else f"d’elle-même le {words.day(planned_on)}"
