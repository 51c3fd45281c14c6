"""Favourites: products that a household likes to find first, in every shop that sells them."""

from datetime import datetime

from django.db import transaction

from orders.baskets.models import Favourite


@transaction.atomic
def set_favourite(*, household_id: int, product_id: int, wanted: bool, now: datetime) -> bool:
    """Make a product a favourite of the household, or no more one; whether anything changed.

    The form says which of the two it means, so that a double tap, or two people at once, do it once.
    """
    if not wanted:
        gone, _by_model = Favourite.objects.filter(household_id=household_id, product_id=product_id).delete()
        return bool(gone)
    _favourite, made = Favourite.objects.get_or_create(
        household_id=household_id, product_id=product_id, defaults={"at": now}
    )
    return made
