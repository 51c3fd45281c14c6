"""What a file holds: its rows as clean text by column, and what its headings were."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file that has something in it: its number as a spreadsheet shows it, its cells by column.

    notes and errors (heading, message): what was said of it on the way from another format.
    """

    number: int
    cells: dict[str, str]
    overflow: bool = False  # more cells than headings: an unquoted comma, probably
    notes: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: the columns that we know, in words the headings that we do not take, and the rows.

    form: the key of another software's format; empty for our own. headings: by column, as the file has them.
    """

    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: tuple[Row, ...]
    form: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
