"""French as it is printed: days, hours, counts, lists. Instants are shown in the zone they are given in."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.text import slugify

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
NBSP, THIN = "\u00a0", "\u202f"


def day(when: date) -> str:
    """jeudi 26 novembre; the first of a month is "1er"."""
    number = "1er" if when.day == 1 else str(when.day)
    return f"{DAYS[when.weekday()]} {number} {MONTHS[when.month - 1]}"


def full_day(when: date) -> str:
    """26 novembre 2026; 1er mai 2027."""
    number = "1er" if when.day == 1 else str(when.day)
    return f"{number}{NBSP}{MONTHS[when.month - 1]} {when.year}"


def clock(when: datetime) -> str:
    """18 h; 18 h 30. The spaces do not break."""
    return f"{when.hour}{NBSP}h" + (f"{NBSP}{when.minute:02d}" if when.minute else "")


def window(start: datetime, end: datetime) -> str:
    """18 h – 19 h 30."""
    return f"{clock(start)} –\u2060 {clock(end)}"


def moment(when: datetime) -> str:
    """jeudi 26 novembre à 20 h."""
    return f"{day(when)} à {clock(when)}"


def closing(closes_at: datetime, now: datetime) -> str:
    """When a sale closes, as one says it: ferme ce soir à 20 h, ferme demain à 20 h, ferme jeudi à 20 h."""
    if closes_at <= now:
        return f"fermée depuis {moment(closes_at)}"
    return f"ferme {_coming(closes_at, now)}"


def opening(opens_at: datetime, now: datetime) -> str:
    """The same for an opening: ouvre demain à 8 h."""
    return f"ouvre {_coming(opens_at, now)}"


def _coming(when: datetime, now: datetime) -> str:
    days = (when.date() - now.date()).days
    if days == 0:
        part = "ce soir" if when.hour >= 18 else "aujourd’hui"
    elif days == 1:
        part = "demain"
    elif days < 7:
        part = DAYS[when.weekday()]
    else:
        part = f"le {day(when)}"
    return f"{part} à {clock(when)}"


def count_of(number: int, one: str, many: str) -> str:
    """0 commande, 1 commande, 2 commandes, 1 234 commandes: in French zero is singular."""
    written = f"{number:,}".replace(",", THIN)
    return f"{written}{NBSP}{many if abs(number) >= 2 else one}"


def percentage(permyriad: int) -> str:
    """A rate in hundredths of a per cent as it is read: 550 is 5,5 %; the space does not break."""
    whole, rest = divmod(permyriad, 100)
    return f"{whole}" + (f",{rest:02d}".rstrip("0") if rest else "") + f"{NBSP}%"


def alphabet(name: str) -> str:
    """The key under which a reader looks a name up: É beside E, 2 before 10, whatever the database's collation."""
    plain = slugify(name.lower().replace("œ", "oe").replace("æ", "ae"))
    return re.sub(r"\d+", lambda found: found[0].zfill(9), plain)


def listed(names: Sequence[str]) -> str:
    """a; a et b; a, b et c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} et {names[-1]}"


def is_soon(closes_at: datetime, now: datetime) -> bool:
    """Within a day: worth a mark."""
    return now < closes_at <= now + timedelta(days=1)
