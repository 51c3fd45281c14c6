"""What a version of a list says that the one before did not: product by product, household by household."""

from collections import defaultdict
from dataclasses import dataclass

from distribution.models import PickingLine, PickingList, PickingRow
from orders.baskets.models import OrderLine

RowKey = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class HouseholdChange:
    """One order's part of a change."""

    number: int
    place: str
    household: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is new, gone, or has another total. before and now: in words, empty for none."""

    name: str
    before: str
    now: str
    households: list[HouseholdChange]


def is_stale(participation_id: int) -> bool:
    """Whether the newest version no longer says what is ordered, or where it goes. A list without lines and orders
    without lines agree. Two queries."""
    newest = PickingList.objects.filter(participation_id=participation_id).order_by("-version").first()
    ordered = OrderLine.objects.active().filter(offer__participation_id=participation_id)
    wanted = set(ordered.values_list("pk", "count", "listed_amount", "order__pickup_id"))
    if newest is None:
        return True
    listed = PickingLine.objects.filter(row__picking_list=newest)
    return wanted != set(listed.values_list("order_line_id", "count", "amount", "pickup_id"))


def changes_since_last(written: PickingList) -> list[Change]:
    """What changed from the version before this one, by product: five queries at the most; none for the first version,
    and for one that follows a mere notice."""
    before = (
        PickingList.objects.filter(participation_id=written.participation_id, version__lt=written.version)
        .order_by("-version")
        .first()
    )
    if before is None or before.version == 0:
        return []
    old, new = _rows(before), _rows(written)
    changes = [_change(old.get(key), new.get(key)) for key in old.keys() | new.keys()]
    return sorted((change for change in changes if change), key=lambda change: change.name)


@dataclass(frozen=True, slots=True)
class _Row:
    row: PickingRow
    by_order: dict[tuple[int, int], tuple[int, PickingLine]]


def _rows(written: PickingList) -> dict[RowKey, _Row]:
    lines: dict[int, list[PickingLine]] = defaultdict(list)
    found = PickingLine.objects.filter(row__picking_list=written)
    for line in found.select_related("order__household", "pickup__point", "pickup__cycle").order_by(
        "order__number", "pk"
    ):
        lines[line.row_id].append(line)
    rows: dict[RowKey, _Row] = {}
    for row in written.rows.order_by("pk"):
        by_order: dict[tuple[int, int], tuple[int, PickingLine]] = {}
        for line in lines[row.pk]:
            key = (line.order_id, line.pickup_id)
            by_order[key] = (by_order.get(key, (0, line))[0] + line.count, line)
        rows[row.product_id, row.unit_price.cents, row.content] = _Row(row, by_order)
    return rows


def _change(old: _Row | None, new: _Row | None) -> Change | None:
    shown = new or old
    if shown is None:
        return None
    before, now = (old.by_order if old else {}), (new.by_order if new else {})
    households = []
    for key in before.keys() | now.keys():
        counts = before.get(key, (0, None))[0], now.get(key, (0, None))[0]
        if counts[0] != counts[1]:
            said = [shown.row.in_words(count) if count else "" for count in counts]
            households.append(_household((now.get(key) or before[key])[1], *said))
    if not households:
        return None
    totals = [item.row.in_words(item.row.count) if item else "" for item in (old, new)]
    return Change(shown.row.name, totals[0], totals[1], sorted(households, key=lambda h: (h.place, h.number)))


def _household(line: PickingLine, before: str, now: str) -> HouseholdChange:
    """One order's part, under its number alone where the group does not show names to farms."""
    cycle = line.pickup.cycle
    name = line.order.household.name if cycle.shows_names else ""
    return HouseholdChange(line.order.number, line.pickup.point.name, name, before, now)
