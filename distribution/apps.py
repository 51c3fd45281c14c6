"""The distribution app: closing by itself, the reconciliation of lists and orders."""

from django.apps import AppConfig

OURS = {"closed": "vente close (coordination)", "digest": "point du matin", "farm_digest": "ouvertures (ferme)"}


class DistributionConfig(AppConfig):
    name = "distribution"
    label = "distribution"

    def ready(self) -> None:
        from cagette.core import health, integrity, letters, mail, outbox, sweeps
        from distribution import closing, digesting, notices, versioning
        from distribution.queries import checks

        sweeps.register("close", closing.close_due, order=20)
        sweeps.register("versions", versioning.write_due, order=25)
        integrity.register("picking lists", checks.find_wrong_lists)
        health.watch(checks.late_to_close)
        outbox.subscribe("baskets.lines_changed_after_close", versioning.note_change)
        outbox.subscribe("distribution.picking_list_written", notices.send_picking_list)
        outbox.subscribe("baskets.participation_closed", notices.tell_coordinators)
        outbox.subscribe("cycles.farm_called_off", notices.tell_coordinators)
        sweeps.register("digest", digesting.digest_due, order=29)
        to = "la ferme, à la clôture"
        letters.register("picking_list", "bon de préparation", to=to, names=("jour",), sample=notices.sample)
        for kind, in_words in OURS.items():
            mail.name_kind(kind, in_words)
            letters.keep_ours(kind)
