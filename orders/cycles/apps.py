"""The cycles app: opening by itself."""

from django.apps import AppConfig


class CyclesConfig(AppConfig):
    name = "orders.cycles"
    label = "cycles"

    def ready(self) -> None:
        from cagette.core import sweeps
        from orders.cycles import opening

        sweeps.register("open", opening.open_due, order=10)
