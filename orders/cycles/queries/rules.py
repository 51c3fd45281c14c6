"""What a group decides of its sales: its rules and fees with an example in figures; the VAT of its points."""

from dataclasses import dataclass
from datetime import date

from cagette.core.money import Money, total
from cagette.people.models import Organisation
from cagette.places import vat
from cagette.places.enums import VatClass, VatRegime, VatZone, vat_zone_of
from cagette.places.models import VatRate
from orders.cycles.charging import charges
from orders.cycles.models import GroupFee

EXAMPLE = (Money(1260), Money(1840), Money(1080))  # three lines: 41,80 € in all


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A fee, and what it comes to for the example's order."""

    fee: GroupFee
    example: Money


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """All that the settings of a group show beside their forms."""

    group: Organisation
    fees: list[FeeRow]
    ended: list[GroupFee]
    example: Money
    example_lines: int
    example_total: Money


def settings_page(*, group: Organisation) -> SettingsPage:
    """One query; examples are computed as orders are."""
    fees = list(GroupFee.objects.filter(organisation=group).order_by("pk"))
    rows = [FeeRow(fee, _owed(fee)) for fee in fees if fee.ended_at is None]
    ended = sorted((fee for fee in fees if fee.ended_at), key=lambda fee: str(fee.ended_at), reverse=True)
    amount = total(list(EXAMPLE))
    fees_owed = total([row.example for row in rows])
    return SettingsPage(group, rows, ended[:10], amount, len(EXAMPLE), amount + fees_owed)


def _owed(fee: GroupFee) -> Money:
    return total([charge.amount for charge in charges(amounts=EXAMPLE, fees=[fee])])


@dataclass(frozen=True, slots=True)
class VatLine:
    """A class of products: its rate under each regime; None where the table has none."""

    label: str
    rates: list[VatRate | None]

    @property
    def is_whole(self) -> bool:
        return None not in self.rates


@dataclass(frozen=True, slots=True)
class VatTable:
    """The rates of a zone on a day."""

    zone: str
    points: list[str]
    lines: list[VatLine]

    @property
    def is_whole(self) -> bool:
        return all(line.is_whole for line in self.lines)


@dataclass(frozen=True, slots=True)
class VatPage:
    """All that the page of VAT shows."""

    group: Organisation
    day: date
    regimes: list[str]
    tables: list[VatTable]


def vat_page(*, group: Organisation, day: date) -> VatPage:
    """Two queries, and one for each further VAT zone of the group's points."""
    by_zone: dict[VatZone, list[str]] = {}
    points = group.delivery_points.filter(is_active=True).order_by("name", "pk")
    for name, code in points.values_list("name", "commune_id"):
        by_zone.setdefault(vat_zone_of(code), []).append(name)
    tables = [VatTable(zone.label, names, _lines(zone, day)) for zone, names in by_zone.items()]
    return VatPage(group, day, [regime.label for regime in VatRegime], tables)


def _lines(zone: VatZone, day: date) -> list[VatLine]:
    rates = vat.rates_on(zone=zone, day=day)
    return [VatLine(one.label, [rates.get((one, regime)) for regime in VatRegime]) for one in VatClass]
