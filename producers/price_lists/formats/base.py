"""What a format of another software is: its headings, how a row reads, what of ours each column is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cagette.core.money import Money
from producers.price_lists.columns import plain
from producers.price_lists.comparing import Known
from producers.price_lists.saying import Cells, Said

Rates = Mapping[str, int]  # in force for the farm, by VAT class, in hundredths of a per cent
Written = Mapping[str, str | int | Money]


@dataclass(frozen=True, slots=True)
class Format:
    """A price list as another software has it.

    needed: the headings by which it is told from others. columns: for each of our columns the heading that its errors
    name. not_taken: what we have no place for. remarks: what the preview says of it. inherits: cells that a row without
    a name takes from the row above. counts_whole_packs: its stock has no decimals.
    """

    key: str
    name: str
    headings: tuple[str, ...]
    needed: frozenset[str]
    read: Callable[[Cells], Said]
    columns: Mapping[str, str]
    not_taken: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    inherits: tuple[str, ...] = ()
    header_lines: int = 1
    producer: str = ""  # the heading that names the farm
    counts_whole_packs: bool = False
    write: Callable[[Known, Rates, str], Written] | None = None

    def heading_of(self, text: str) -> str:
        """The heading as this format has it; empty when it is none of its own."""
        return {plain(heading): heading for heading in self.headings}.get(plain(text), "")

    def is_header(self, line: list[str]) -> bool:
        """The line names the columns of this format."""
        found = {plain(cell) for cell in line}
        return {plain(heading) for heading in self.needed} <= found
