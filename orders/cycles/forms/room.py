"""How many baskets a pickup and its slots hold, as it is typed; empty is without limit."""

from typing import Any

from django import forms

from orders.cycles.making_room import MOST
from orders.cycles.models import Pickup, PickupSlot


def _field(label: str, taken: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=1, max_value=MOST,
        help_text=f"{taken} déjà attendus. Vide : sans limite.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip


class RoomForm(forms.Form):
    """A pickup and each of its slots."""

    def __init__(self, *args: Any, pickup: Pickup, slots: list[PickupSlot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slots = slots
        self.fields["capacity"] = _field("Paniers au plus, en tout", pickup.counter.taken)
        self.initial["capacity"] = pickup.counter.capacity
        local = pickup.cycle.organisation.local
        for slot in slots:
            hours = f"{local(slot.starts_at):%H:%M} à {local(slot.ends_at):%H:%M}"
            self.fields[f"slot_{slot.pk}"] = _field(f"De {hours}", slot.taken)
            self.initial[f"slot_{slot.pk}"] = slot.capacity

    def rooms(self) -> dict[int, int | None]:
        """By slot."""
        return {slot.pk: self.cleaned_data[f"slot_{slot.pk}"] for slot in self.slots}
