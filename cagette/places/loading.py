"""Loading the communes of the country from a file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.places.finding import plain
from cagette.places.models import Commune

COLUMNS = ("code", "nom", "departement", "codes_postaux", "population", "lat", "lon")
BATCH = 2000
_CODE = re.compile(r"\d[\dAB]\d{3}", re.ASCII)
_COUNT = re.compile(r"\d{0,9}", re.ASCII)
CHANGED = ("name", "sort_name", "department", "postcodes", "population", "latitude", "longitude")


class CommunesUnreadable(ValueError):
    """The file is not as it should be. The message names the row."""


@transaction.atomic
def load_communes(rows: Iterable[Mapping[str, str | None]]) -> int:
    """Write each row's commune, or write it anew where it is there; returns how many rows there were.

    rows: as csv.DictReader gives them, with COLUMNS at least; they are taken 2,000 at a time. Twice changes nothing,
    and communes that the file lacks stay. Raises CommunesUnreadable, and then changes nothing.
    """
    communes = _read(rows)
    done = 0
    while batch := list(islice(communes, BATCH)):
        once = {commune.code: commune for commune in batch}
        Commune.objects.bulk_create(
            once.values(), update_conflicts=True, unique_fields=["code"], update_fields=list(CHANGED)
        )
        done += len(batch)
    return done


def _read(rows: Iterable[Mapping[str, str | None]]) -> Iterator[Commune]:
    for number, row in enumerate(rows, start=2):  # the first line has the names of the columns
        try:
            cells = {column: row[column] for column in COLUMNS}
            if None in cells.values():
                raise ValueError(_("la ligne est trop courte."))
            yield _commune({column: str(cell).strip() for column, cell in cells.items()})
        except KeyError as missing:
            raise CommunesUnreadable(_("La colonne %(name)s manque.") % {"name": missing}) from None
        except (ValueError, InvalidOperation) as error:
            raise CommunesUnreadable(_("Ligne %(number)s : %(error)s") % {"number": number, "error": error}) from error


def _commune(row: dict[str, str]) -> Commune:
    if not (_CODE.fullmatch(row["code"]) and row["nom"] and _COUNT.fullmatch(row["population"])):
        raise ValueError(_("« %(code)s %(name)s » n’est pas une commune.") % {"code": row["code"], "name": row["nom"]})
    return Commune(
        code=row["code"],
        name=row["nom"][:80],
        sort_name=plain(row["nom"])[:80],
        department=row["departement"][:3],
        postcodes=" ".join(re.findall(r"\d{5}", row["codes_postaux"]))[:250],
        population=int(row["population"] or 0),
        latitude=_degrees(row["lat"], most=90),
        longitude=_degrees(row["lon"], most=180),
    )


def _degrees(text: str, *, most: int) -> Decimal | None:
    if not text:
        return None
    degrees = round(Decimal(text), 5)
    if not -most <= degrees <= most:
        raise ValueError(_("%(text)s n’est pas un nombre de degrés.") % {"text": text})
    return degrees
