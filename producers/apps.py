"""The producers app: long price lists are applied by themselves."""

from django.apps import AppConfig


class ProducersConfig(AppConfig):
    name = "producers"
    label = "producers"

    def ready(self) -> None:
        from cagette.core import audit, health, sweeps
        from producers.price_lists import confirming

        sweeps.register("price lists", confirming.apply_due, order=5)
        health.watch(confirming.late_to_apply)
        audit.name_deed("producers.price_list_applied", "tarifs importés d’un fichier")
