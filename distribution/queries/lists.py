"""The picking list as its page, its PDF, its letter and its files show it; and a farm's lists."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Sum

from cagette.core import words
from cagette.core.models import Letter
from cagette.core.money import Money, total
from cagette.core.quantities import Quantity, Unit
from cagette.people.models import Organisation
from distribution.models import Acknowledgement, PickingLine, PickingList, PickingRow
from distribution.queries.changes import Change, changes_since_last
from orders.baskets.models import OrderLine
from orders.cycles.models import Cycle, Pickup


@dataclass(frozen=True, slots=True)
class ListLine:
    """A household's part of a row."""

    order_id: int
    number: int
    household: str
    name: str
    count: int
    amount: Money
    words: str
    note: str = ""
    may_replace: bool = False


@dataclass(frozen=True, slots=True)
class ListBasket:
    """All that one order takes from this farm."""

    number: int
    household: str
    lines: list[ListLine] = field(default_factory=list)


@dataclass(slots=True)
class ListColumn:
    """A pickup of the list: where and when, its baskets by number, for how much."""

    pickup: Pickup
    by_order: dict[int, ListBasket] = field(default_factory=dict)
    amount: Money = field(default_factory=Money)

    @property
    def place(self) -> str:
        """The point's name up to its first comma: what a column's head has room for."""
        return self.pickup.point.name.split(",")[0]

    @property
    def baskets(self) -> list[ListBasket]:
        return sorted(self.by_order.values(), key=lambda basket: basket.number)

    def take(self, line: ListLine) -> None:
        """Put a line into the basket of its order."""
        basket = self.by_order.setdefault(line.order_id, ListBasket(line.number, line.household))
        basket.lines.append(line)
        self.amount += line.amount


@dataclass(frozen=True, slots=True)
class ListCell:
    """How much of a row goes to one pickup. short: without the name of the piece, which the total says."""

    column: ListColumn
    count: int
    words: str
    short: str
    lines: list[ListLine]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A total to prepare, split by pickup, with the lines it sums. weight: about, of pieces weighed later."""

    row: PickingRow
    words: str
    cells: list[ListCell]
    weight: str = ""

    @property
    def lines(self) -> list[ListLine]:
        return [line for cell in self.cells for line in cell.lines]

    @property
    def is_sum(self) -> bool:
        """The total is the sum of its households' lines."""
        counted, amount = sum(line.count for line in self.lines), total([line.amount for line in self.lines])
        return (counted, amount) == (self.row.count, self.row.amount)


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
    ordered: "Ordered"
    letters: list[Letter]
    changes: list[Change]
    earned: Money
    checked_at: datetime

    @property
    def has_margin(self) -> bool:
        """Households pay another price than the farm is paid: its part is said beside the sum."""
        return self.earned != self.written.amount

    @property
    def is_newest(self) -> bool:
        return self.newest.pk == self.written.pk

    @property
    def agrees(self) -> bool:
        """The orders as they are now sum to this list, row by row, to the gram and the cent (an older version may
        well differ)."""
        listed = {_key(item.row): (item.row.count, item.row.amount) for item in self.rows}
        orders = {line.order_id for item in self.rows for line in item.lines}
        return (
            self.ordered == listed
            and all(item.is_sum for item in self.rows)
            and self.written.amount == total([item.row.amount for item in self.rows])
            and self.written.order_count == len(orders)
        )

    @property
    def ordered_amount(self) -> Money:
        return total([amount for _count, amount in self.ordered.values()])


RowKey = tuple[int, str, int, int | None]
Ordered = dict[RowKey, tuple[int, Money]]


def picking_lists() -> "QuerySet[PickingList]":
    """Lists with all that names them."""
    return PickingList.objects.select_related(
        "participation__cycle__organisation", "participation__producer__organisation", "acknowledgement__by"
    )


def newest_of(picking_list_id: int) -> PickingList:
    """The newest version of the list that this is a version of."""
    return picking_lists().filter(participation__picking_lists=picking_list_id).order_by("-version")[0]


def list_page(*, written: PickingList, now: datetime) -> ListPage:
    """Read a list (from `picking_lists()`): six queries, however many rows and lines; five more to say what changed."""
    participation = written.participation
    columns = {p.pk: ListColumn(p) for p in _pickups(participation.cycle_id)}
    lines = _lines_by_row(written)
    rows = sorted(written.rows.all(), key=_alphabet)
    named = participation.cycle.shows_names
    parts = {row.pk: _parts(row, lines[row.pk], columns, named=named) for row in rows}
    used = [column for column in columns.values() if column.by_order]
    return ListPage(
        written=written,
        farm=participation.producer.organisation,
        group=participation.cycle.organisation,
        cycle=participation.cycle,
        columns=used,
        rows=[
            ListRow(
                row,
                row.in_words(row.count),
                [_cell(row, c, parts[row.pk]) for c in used],
                row.weight_in_words(row.count),
            )
            for row in rows
        ],
        seen=getattr(written, "acknowledgement", None),
        newest=participation.picking_lists.order_by("-version")[0],
        ordered=_ordered(participation.pk),
        letters=list(letters_of(written)),
        changes=changes_since_last(written) if written.version > 1 else [],
        earned=total([line.order_line.earned_of(line.count) for found in lines.values() for line in found]),
        checked_at=now,
    )


def _pickups(cycle_id: int) -> "QuerySet[Pickup]":
    return Pickup.objects.filter(cycle_id=cycle_id).select_related("point").order_by("starts_at", "pk")


def _lines_by_row(written: PickingList) -> dict[int, list[PickingLine]]:
    by_row: dict[int, list[PickingLine]] = defaultdict(list)
    lines = PickingLine.objects.filter(row__picking_list=written).select_related("order__household", "order_line")
    for line in lines.order_by("order__number", "pk"):
        by_row[line.row_id].append(line)
    return by_row


def _alphabet(row: PickingRow) -> tuple[str, str, int]:
    return words.alphabet(row.name), row.reference, row.unit_price.cents


def _parts(
    row: PickingRow, lines: list[PickingLine], columns: dict[int, ListColumn], *, named: bool
) -> dict[int, list[ListLine]]:
    """The lines of a row by pickup; each is put into its basket too. named: whether the group shows households' names
    to farms; else they are known by their numbers."""
    parts: dict[int, list[ListLine]] = defaultdict(list)
    for line in lines:
        part = ListLine(
            line.order_id, line.order.number, line.order.household.name if named else "", row.name, line.count,
            line.amount, row.in_words(line.count), line.note, line.may_replace,
        )  # fmt: skip
        parts[line.pickup_id].append(part)
        columns[line.pickup_id].take(part)
    return parts


def _cell(row: PickingRow, column: ListColumn, parts: dict[int, list[ListLine]]) -> ListCell:
    lines = parts.get(column.pickup.pk, [])
    count = sum(line.count for line in lines)
    if not count:
        return ListCell(column, 0, "–", "–", [])
    return ListCell(column, count, row.in_words(count), str(Quantity(count, Unit(row.unit))), lines)


def letters_of(written: PickingList) -> "QuerySet[Letter]":
    """The letters that bore this version, oldest first: the first one, those asked for again, those with a new link."""
    first = Q(key__startswith=f"picking_list:{written.participation_id}:{written.version}:")
    again = Q(key__startswith=f"picking_list_again:{written.pk}:") | Q(
        key__startswith=f"picking_list_link:{written.pk}:"
    )
    return Letter.objects.filter(first | again).only("to", "state", "sent_at", "written_at").order_by("pk")


def _key(row: PickingRow) -> RowKey:
    return row.product_id, row.unit, row.unit_price.cents, row.content


def _ordered(participation_id: int) -> Ordered:
    """What the orders hold now: summed anew from their active lines, by product, unit and price."""
    active = OrderLine.objects.active().filter(offer__participation_id=participation_id)
    by_row = active.values_list("offer__product_id", "unit", "unit_price", "content").order_by()
    sums: Any = by_row.annotate(Sum("count"), Sum("listed_amount"))
    return {
        (product, unit, price.cents, content): (count, amount) for product, unit, price, content, count, amount in sums
    }


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
