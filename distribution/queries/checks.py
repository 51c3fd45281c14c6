"""The reconciliation of lists with orders, and what is late."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Max

from cagette.core.integrity import Finding
from cagette.core.models import OutboxEvent
from cagette.core.money import Money
from distribution.models import DueVersion, PickingLine, PickingList
from orders.baskets.models import OrderLine
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation


def find_wrong_lists(*, now: datetime) -> Iterator[Finding]:
    """Every closed participation has a list whose newest version sums its active lines, to the gram and the cent; one
    whose lines were corrected is pending until its next version is written."""
    closed: Any = Participation.objects.filter(state=SaleState.CLOSED).annotate(last=Max("picking_lists__version"))
    due = versions_due()
    for participation in closed.order_by("pk"):
        if participation.last is None:
            yield Finding("wrong", f"participation {participation.pk} is closed without a picking list")
            continue
        newest = PickingList.objects.get(participation=participation, version=participation.last)
        if participation.pk in due:
            yield Finding("pending", f"participation {participation.pk} waits for the next version of its list")
            yield from _compare_rows(newest)
        else:
            yield from _compare(newest)
    yield from _cancelled_with_lists()


def versions_due() -> set[int]:
    """The participations whose next version waits: noted, or still on its way through the outbox."""
    on_the_way = OutboxEvent.objects.filter(name="baskets.lines_changed_after_close", delivered_at=None)
    told = {int(payload["participation_id"]) for payload in on_the_way.values_list("payload", flat=True)}
    return told | set(DueVersion.objects.values_list("participation_id", flat=True))


def _cancelled_with_lists() -> Iterator[Finding]:
    """A sale that was cancelled after its close says so in its newest version, and has no active line."""
    cancelled: Any = Participation.objects.filter(state=SaleState.CANCELLED).annotate(
        last=Max("picking_lists__version")
    )
    due = versions_due()
    for participation in cancelled.exclude(pk__in=due).order_by("pk"):
        if OrderLine.objects.active().filter(offer__participation=participation).exists():
            yield Finding("wrong", f"participation {participation.pk} is cancelled with active lines")
        if participation.last is not None:
            newest = PickingList.objects.get(participation=participation, version=participation.last)
            if not newest.is_notice:
                yield Finding("wrong", f"participation {participation.pk} is cancelled and its list {newest.pk} is not")


def _compare(written: PickingList) -> Iterator[Finding]:
    ordered = _sums(
        (line.pk, line.count, line.listed_amount)
        for line in OrderLine.objects.active().filter(offer__participation_id=written.participation_id)
    )
    listed = _sums(
        (line.order_line_id, line.count, line.amount) for line in PickingLine.objects.filter(row__picking_list=written)
    )
    for line_id in sorted(ordered.keys() ^ listed.keys()):
        yield Finding("wrong", f"order line {line_id} and list {written.pk} disagree on whether it exists")
    for line_id in sorted(ordered.keys() & listed.keys()):
        if ordered[line_id] != listed[line_id]:
            yield Finding("wrong", f"order line {line_id}: ordered {ordered[line_id]}, listed {listed[line_id]}")
    yield from _compare_rows(written)


def _sums(lines: Iterator[tuple[int, int, Money]]) -> dict[int, tuple[int, int]]:
    return {line_id: (count, amount.cents) for line_id, count, amount in lines}


def _compare_rows(written: PickingList) -> Iterator[Finding]:
    amount = 0
    for row in written.rows.prefetch_related("lines"):
        amount += row.amount.cents
        lines = list(row.lines.all())
        if row.count != sum(line.count for line in lines) or row.amount.cents != sum(
            line.amount.cents for line in lines
        ):
            yield Finding("wrong", f"row {row.pk} of list {written.pk} is not the sum of its lines")
    if amount != written.amount.cents:
        yield Finding("wrong", f"list {written.pk} is not the sum of its rows")


def late_to_close(*, late: datetime) -> Iterator[str]:
    """For /readyz: a cycle that should have closed."""
    if Participation.objects.due_to_close(late).exists():
        yield "a sale is late to close"
