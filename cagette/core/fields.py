"""Model fields for value objects."""

from typing import TYPE_CHECKING, Any

from django.db import models

from cagette.core.money import Money

if TYPE_CHECKING:
    _MoneyBase = models.BigIntegerField[Money, Money]
    _OptionalBase = models.BigIntegerField[Money | None, Money | None]
else:
    _MoneyBase = _OptionalBase = models.BigIntegerField


class _InCents:
    """From a bigint of cents to Money and back."""

    def from_db_value(self, value: int | None, expression: object, connection: object) -> Money | None:
        # a Sum comes back as a Decimal or an int, always whole
        return None if value is None else Money(int(value))

    def to_python(self, value: Any) -> Money | None:
        if value is None or isinstance(value, Money):
            return value
        return Money(int(value))

    def get_prep_value(self, value: Any) -> int | None:
        if isinstance(value, Money):
            return value.cents
        return None if value is None else int(value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))  # type: ignore[attr-defined]


class MoneyField(_InCents, _MoneyBase):
    """A bigint of cents in the database, a Money in Python."""


class OptionalMoneyField(_InCents, _OptionalBase):
    """The same where there may be none (null=True)."""
