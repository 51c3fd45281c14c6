"""From what a local clock shows to an instant, right across the changes of hour."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _


class HourMissing(ValueError):
    """The clocks skip this hour on that day. The message is fit for a person."""


def instant(shown: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which clocks of a zone show a naive time; in the hour that comes twice, the first.

    Raises HourMissing for a time in the hour that is skipped in spring.
    """
    local = shown.replace(tzinfo=zone, fold=0)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != shown:
        raise HourMissing(
            _("Le %(day)s, l’heure d’été saute %(hour)s : choisissez une autre heure.")
            % {"day": shown.strftime("%d/%m/%Y"), "hour": shown.strftime("%H:%M")}
        )
    return found
