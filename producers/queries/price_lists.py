"""A farm's price lists: what can be taken and sent, what a list would do, what came of it."""

from dataclasses import dataclass

from cagette.people.models import Organisation
from producers.models import PriceListDraft, Producer
from producers.price_lists import applying
from producers.price_lists.columns import COLUMNS, Column
from producers.price_lists.comparing import Comparison
from producers.price_lists.formats import FORMATS
from producers.price_lists.formats.base import Format

ROWS_NAMED = 8  # of a note
SHOWN_MAX = 200  # rows of a preview; the counts tell of all


@dataclass(frozen=True, slots=True)
class PriceListPage:
    """How a farm's price list goes out and comes in, and what came in lately."""

    farm: Organisation
    columns: tuple[Column, ...]
    forms: list[Format]
    imports: list[PriceListDraft]


def price_list_page(*, producer: Producer) -> PriceListPage:
    """Read what the page of files shows: one query, for the imports that wait or were applied in the last day."""
    confirmed = producer.price_list_drafts.exclude(applied_at=None, confirmed_at=None).defer("rows", "stocks_seen")
    return PriceListPage(
        farm=producer.organisation,
        columns=COLUMNS,
        forms=list(FORMATS.values()),
        imports=list(confirmed.order_by("-uploaded_at")[:5]),
    )


@dataclass(frozen=True, slots=True)
class Note:
    """What to know of some rows before confirming."""

    text: str
    rows: list[int]

    @property
    def more(self) -> int:
        return len(self.rows) - len(self.named)

    @property
    def named(self) -> list[int]:
        return self.rows[:ROWS_NAMED]


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A price list that waits for its confirmation or its turn, or what came of it."""

    farm: Organisation
    draft: PriceListDraft
    plan: Comparison | None
    applied: applying.Applied | None
    form: Format | None = None  # of other software
    is_running: bool = False

    @property
    def writes(self) -> int:
        """How many products a confirmation would write."""
        return len(self.plan.new) + len(self.plan.changed) if self.plan else 0

    @property
    def notes(self) -> list[Note]:
        return [Note(text, rows) for text, rows in self.plan.notes.items()] if self.plan else []

    @property
    def is_waiting(self) -> bool:
        """Confirmed, and not applied yet."""
        return self.draft.confirmed_at is not None and self.applied is None

    @property
    def row_count(self) -> int:
        return len(self.draft.rows)


def draft_page(*, draft: PriceListDraft) -> DraftPage:
    """Read a price list's preview, its place in the queue, or its result: two queries, however many rows."""
    farm, form = draft.producer.organisation, FORMATS.get(draft.form)
    if draft.applied_at is not None:
        return DraftPage(farm=farm, draft=draft, plan=None, applied=applying.Applied(**draft.outcome), form=form)
    if draft.confirmed_at is not None:
        running = applying.is_held(draft)
        return DraftPage(farm=farm, draft=draft, plan=None, applied=None, form=form, is_running=running)
    return DraftPage(farm=farm, draft=draft, plan=applying.preview(draft), applied=None, form=form)
