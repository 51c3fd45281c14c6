"""The house's template tags: icons, drawings, French dates and counts. Instants are shown in the current time zone."""

from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cagette.core import audit, words

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, always beside a word or with a label."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#i-{}"/></svg>', static("core/icons.svg"), name)


@register.simple_tag
def drawing(name: str, tint: str = "") -> SafeString:
    """A drawing of the sprite; without a tint it is absent or sold out."""
    sprite = static("core/icons.svg")
    return format_html(
        '<svg class="d {}" aria-hidden="true"><use href="{}#d-{}"/></svg>', tint, sprite, name or "panier"
    )


def _local(when: datetime) -> datetime:
    return timezone.localtime(when)


@register.filter
def day(when: date | None) -> str:
    if when is None:
        return ""
    return words.day(_local(when) if isinstance(when, datetime) else when)


@register.filter
def full_day(when: date) -> str:
    return words.full_day(when)


@register.filter
def clock(when: datetime | None) -> str:
    return "" if when is None else words.clock(_local(when))


@register.filter
def window(start: datetime, end: datetime) -> str:
    return words.window(_local(start), _local(end))


@register.filter
def moment(when: datetime | None) -> str:
    return "" if when is None else words.moment(_local(when))


@register.filter
def closing(when: datetime, now: datetime | None = None) -> str:
    return words.closing(_local(when), _local(now or timezone.now()))


@register.filter
def opening(when: datetime, now: datetime | None = None) -> str:
    return words.opening(_local(when), _local(now or timezone.now()))


@register.filter
def soon(when: datetime) -> bool:
    return words.is_soon(when, timezone.now())


@register.filter
def count(number: int, names: str) -> str:
    """{{ 3|count:"commande,commandes" }}"""
    one, _comma, many = names.partition(",")
    return words.count_of(int(number), one, many or one)


@register.filter
def percentage(permyriad: int) -> str:
    """550 is 5,5 %; 2000 is 20 %."""
    return words.percentage(permyriad)


@register.filter
def deed(verb: str) -> str:
    """What the audit trail calls "baskets.order_placed", in words."""
    return audit.in_words(verb)


@register.filter
def listed(names: Any) -> str:
    return words.listed([str(name) for name in names])


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    return mapping.get(key) if mapping else None


@register.filter
def styled(field: BoundField) -> SafeString:
    """A form field with the class of its component, tied to its hint and error."""
    plain = isinstance(field.field.widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple)
    attributes: dict[str, Any] = {} if plain else {"class": "input"}
    described = [f"{field.id_for_label}_hint"] if field.help_text else []
    if field.errors:
        attributes["aria-invalid"] = "true"
        described.append(f"{field.id_for_label}_error")
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs={**field.field.widget.attrs, **attributes})


@register.filter
def is_check(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)
