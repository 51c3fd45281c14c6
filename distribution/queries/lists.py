"""The picking list as its page, its PDF, its letter and its files show it; and a farm's lists."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Max, QuerySet, Sum
from django.utils.text import slugify

from cagette.core.money import Money, total
from cagette.people.models import Organisation
from distribution.models import Acknowledgement, PickingLine, PickingList, PickingRow
from orders.baskets.models import OrderLine
from orders.cycles.models import Cycle, Pickup


@dataclass(slots=True)
class ListColumn:
    """A pickup of the list: where and when, how many baskets, for how much."""

    pickup: Pickup
    orders: set[int] = field(default_factory=set)
    amount: Money = field(default_factory=Money)

    @property
    def place(self) -> str:
        """The point's name up to its first comma: what a column's head has room for."""
        return self.pickup.point.name.split(",")[0]


@dataclass(frozen=True, slots=True)
class ListCell:
    """How much of a row goes to one pickup."""

    column: ListColumn
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class HouseholdLine:
    """A household's part of a row."""

    number: int
    household: str
    place: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class ListRow:
    """A total to prepare, split by pickup, with the lines it sums."""

    row: PickingRow
    words: str
    cells: list[ListCell]
    lines: list[HouseholdLine]


@dataclass(frozen=True, slots=True)
class ListPage:
    """All that a picking list shows, wherever it is shown."""

    written: PickingList
    farm: Organisation
    group: Organisation
    cycle: Cycle
    columns: list[ListColumn]
    rows: list[ListRow]
    seen: Acknowledgement | None
    newest: PickingList
    ordered: Money
    checked_at: datetime

    @property
    def is_newest(self) -> bool:
        return self.newest.pk == self.written.pk

    @property
    def agrees(self) -> bool:
        """The sum of the orders as they are now equals this list (an older version may well differ)."""
        return self.ordered == self.written.amount == total([item.row.amount for item in self.rows])


def picking_lists() -> "QuerySet[PickingList]":
    """Lists with all that names them."""
    return PickingList.objects.select_related(
        "participation__cycle__organisation", "participation__producer__organisation", "acknowledgement__by"
    )


def list_page(*, written: PickingList, now: datetime) -> ListPage:
    """Read a list (from `picking_lists()`): five queries, however many rows and lines."""
    participation = written.participation
    columns = {p.pk: ListColumn(p) for p in _pickups(participation.cycle_id)}
    lines = PickingLine.objects.filter(row__picking_list=written).select_related("order__household")
    by_row: dict[int, list[PickingLine]] = defaultdict(list)
    for line in lines.order_by("pickup__starts_at", "pickup_id", "order__number", "pk"):
        by_row[line.row_id].append(line)
        columns[line.pickup_id].orders.add(line.order_id)
        columns[line.pickup_id].amount += line.amount
    used = [column for column in columns.values() if column.orders]
    rows = [
        _row(row, by_row[row.pk], used, columns) for row in written.rows.order_by("name", "reference", "unit_price")
    ]
    newest = participation.picking_lists.order_by("-version")[0]
    active = OrderLine.objects.active().filter(offer__participation_id=participation.pk)
    ordered = active.aggregate(sum=Sum("listed_amount"))["sum"] or Money()
    return ListPage(
        written=written,
        farm=participation.producer.organisation,
        group=participation.cycle.organisation,
        cycle=participation.cycle,
        columns=used,
        rows=rows,
        seen=getattr(written, "acknowledgement", None),
        newest=newest,
        ordered=ordered,
        checked_at=now,
    )


def _alphabet(row: PickingRow) -> tuple[str, str, int]:
    """By name as a reader looks it up: É beside E, whatever the database's collation."""
    return slugify(row.name), row.reference, row.unit_price.cents


def _pickups(cycle_id: int) -> "QuerySet[Pickup]":
    return Pickup.objects.filter(cycle_id=cycle_id).select_related("point").order_by("starts_at", "pk")


def _row(row: PickingRow, lines: list[PickingLine], used: list[ListColumn], columns: dict[int, ListColumn]) -> ListRow:
    counts: dict[int, int] = defaultdict(int)
    for line in lines:
        counts[line.pickup_id] += line.count
    cells = [
        ListCell(c, counts[c.pickup.pk], row.in_words(counts[c.pickup.pk]) if counts[c.pickup.pk] else "–")
        for c in used
    ]
    beneath = [
        HouseholdLine(
            line.order.number,
            line.order.household.name,
            columns[line.pickup_id].place,
            line.count,
            row.in_words(line.count),
        )
        for line in lines
    ]
    return ListRow(row=row, words=row.in_words(row.count), cells=cells, lines=beneath)


@dataclass(frozen=True, slots=True)
class ListsPage:
    """A farm's lists, newest version of each, latest first."""

    farm: Organisation
    lists: list[PickingList]


def lists_page(*, farm: Organisation) -> ListsPage:
    """Two queries: the newest version of each of a farm's lists."""
    return ListsPage(farm=farm, lists=list(newest_lists(farm)[:60]))


def newest_lists(farm: Organisation) -> "QuerySet[PickingList]":
    """The newest versions of a farm's lists, latest first."""
    newest = Max("participation__picking_lists__version")
    mine = picking_lists().filter(participation__producer__organisation=farm).annotate(newest=newest)
    return mine.filter(version=F("newest")).order_by("-written_at", "-pk")


def of_cycle(cycle: Cycle) -> "QuerySet[PickingList]":
    """The newest versions of a cycle's lists, by farm."""
    newest = Max("participation__picking_lists__version")
    lists = picking_lists().filter(participation__cycle=cycle).annotate(newest=newest)
    return lists.filter(version=F("newest")).order_by("participation__producer__organisation__name", "pk")
