"""The producers app: its letters; long price lists are applied by themselves."""

from django.apps import AppConfig

DEEDS = {
    "producers.price_list_applied": "tarifs importés d’un fichier",
    "producers.listing_invited": "ferme invitée par le groupe",
    "producers.listing_accepted": "conditions acceptées par la ferme",
    "producers.listing_terms_changed": "conditions changées",
    "producers.listing_terms_agreed": "nouvelles conditions acceptées",
    "producers.listing_products_chosen": "produits et prix choisis",
    "producers.listing_refused": "invitation refusée",
    "producers.listing_ended": "référencement terminé",
    "producers.certificate_written": "certificat écrit",
    "producers.certificate_removed": "certificat retiré",
    "producers.paused": "ferme fermée pour un temps",
    "producers.pause_taken_back": "fermeture annulée",
}


class ProducersConfig(AppConfig):
    name = "producers"
    label = "producers"

    def ready(self) -> None:
        from cagette.core import audit, health, letters, mail, outbox, sweeps
        from producers import notices
        from producers.price_lists import confirming

        sweeps.register("price lists", confirming.apply_due, order=5)
        health.watch(confirming.late_to_apply)
        for verb, in_words in DEEDS.items():
            audit.name_deed(verb, in_words)
        outbox.subscribe("producers.listing_moved", notices.tell_move)
        mail.name_kind("listing", "référencement")
        letters.keep_ours("listing")
