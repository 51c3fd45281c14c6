"""The distribution app: closing by itself, the reconciliation of lists and orders."""

from django.apps import AppConfig


class DistributionConfig(AppConfig):
    name = "distribution"
    label = "distribution"

    def ready(self) -> None:
        from cagette.core import health, integrity, mail, outbox, sweeps
        from distribution import closing, notices, versioning
        from distribution.queries import checks

        sweeps.register("close", closing.close_due, order=20)
        sweeps.register("versions", versioning.write_due, order=25)
        integrity.register("picking lists", checks.find_wrong_lists)
        health.watch(checks.late_to_close)
        outbox.subscribe("baskets.lines_changed_after_close", versioning.note_change)
        outbox.subscribe("distribution.picking_list_written", notices.send_picking_list)
        mail.name_kind("picking_list", "bon de préparation")
