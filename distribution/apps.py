"""The distribution app: closing by itself, the reconciliation of lists and orders."""

from django.apps import AppConfig


class DistributionConfig(AppConfig):
    name = "distribution"
    label = "distribution"

    def ready(self) -> None:
        from cagette.core import health, integrity, sweeps
        from distribution import closing, queries

        sweeps.register("close", closing.close_due, order=20)
        integrity.register("picking lists", queries.find_wrong_lists)
        health.watch(queries.late_to_close)
