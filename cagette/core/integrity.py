"""The checks by which the software proves its own sums; each app registers its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["wrong", "pending", "shortage"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that is not as it should be: wrong, or only pending or short."""

    kind: Kind
    text: str


Check = Callable[..., Iterable[Finding]]
_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Add a check; it is called with now= and yields findings."""
    _checks[name] = check


def check_all(*, now: datetime) -> dict[str, list[Finding]]:
    """Run every check; the findings by its name, an empty list where all is well."""
    return {name: list(check(now=now)) for name, check in _checks.items()}
