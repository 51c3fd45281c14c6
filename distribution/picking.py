"""Writing a picking list: per product × unit × price the totals, with the lines they sum, as an immutable version."""

from collections import defaultdict
from datetime import datetime

from django.db.models import Max

from cagette.core import numbering, outbox
from cagette.core.money import total
from distribution.models import PickingLine, PickingList, PickingRow
from orders.baskets.models import OrderLine
from orders.cycles.models import Participation

RowKey = tuple[int, str, int, int | None]

# all that a list keeps of a line: the rest of a product (its description …) stays where it is
PRINTED = (
    "order", "count", "unit", "unit_price", "priced_in", "content", "listed_amount", "note", "may_replace",
    "order__pickup", "order__number", "offer__product", "offer__product__reference", "offer__product__name",
    "offer__product__piece_name", "offer__product__pieces_name",
)  # fmt: skip


def write_version(*, participation_id: int, now: datetime, first_of: int | None = None) -> PickingList:
    """Write the next version of a closed participation's list, from its frozen lines, and record the news of it.

    A step of closing, in its transaction. With nothing ordered from the start it is a notice, version 0, without rows;
    once there was a list, a further version that says that there is nothing left to prepare.
    first_of: the producer, where the caller knows that there was no list before.
    """
    lines = _frozen_lines(participation_id)
    version, number = _next_version(participation_id, is_notice=not lines, first_of=first_of)
    picking_list = PickingList.objects.create(
        participation_id=participation_id,
        number=number,
        version=version,
        written_at=now,
        order_count=len({line.order_id for line in lines}),
        amount=total([line.listed_amount for line in lines]),
    )
    _write_rows(picking_list, lines)
    outbox.record(
        "distribution.picking_list_written",
        key=f"{participation_id}:{version}",
        now=now,
        picking_list_id=picking_list.pk,
    )
    return picking_list


def _frozen_lines(participation_id: int) -> list[OrderLine]:
    lines = OrderLine.objects.active().filter(offer__participation_id=participation_id, frozen_at__isnull=False)
    wanted = lines.select_related("offer__product", "order").only(*PRINTED)
    return list(wanted.order_by("order__pickup_id", "order__number", "pk"))


def _next_version(participation_id: int, *, is_notice: bool, first_of: int | None) -> tuple[int, int]:
    """The version to write, and the list's number: the first one takes the next of the producer's series."""
    if first_of is not None:
        return (0 if is_notice else 1), numbering.next_number(f"picking:{first_of}")
    part = Participation.objects.annotate(last=Max("picking_lists__version"), known=Max("picking_lists__number"))
    row = part.values("producer_id", "last", "known").get(pk=participation_id)
    number = row["known"] or numbering.next_number(f"picking:{row['producer_id']}")
    first = 0 if is_notice else 1
    return (first if row["last"] is None else row["last"] + 1), number


def _write_rows(picking_list: PickingList, lines: list[OrderLine]) -> None:
    by_row: dict[RowKey, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_row[line.offer.product_id, line.unit, line.unit_price.cents, line.content].append(line)
    rows = {key: _row(picking_list, summed) for key, summed in by_row.items()}
    PickingRow.objects.bulk_create(rows.values())
    PickingLine.objects.bulk_create(_line(rows[key], line) for key, summed in by_row.items() for line in summed)


def _row(picking_list: PickingList, lines: list[OrderLine]) -> PickingRow:
    product, first = lines[0].offer.product, lines[0]
    return PickingRow(
        picking_list=picking_list,
        product=product,
        reference=product.reference,
        name=product.name,
        piece_name=product.piece_name,
        pieces_name=product.pieces_name,
        unit=first.unit,
        unit_price=first.unit_price,
        priced_in=first.priced_in,
        content=first.content,
        count=sum(line.count for line in lines),
        amount=total([line.listed_amount for line in lines]),
    )


def _line(row: PickingRow, line: OrderLine) -> PickingLine:
    return PickingLine(
        row=row,
        order_line=line,
        order_id=line.order_id,
        pickup_id=line.order.pickup_id,
        count=line.count,
        amount=line.listed_amount,
        note=line.note,
        may_replace=line.may_replace,
    )
