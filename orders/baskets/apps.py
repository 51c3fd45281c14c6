"""The baskets app: letters to households, checks of stocks and sums."""

from django.apps import AppConfig

DEEDS = {
    "baskets.order_placed": "commande passée ou changée",
    "baskets.order_cancelled": "commande annulée",
    "baskets.order_corrected": "commande corrigée",
    "baskets.order_cut": "commande réduite",
    "baskets.case_completed": "colis complété par le groupe",
    "order.collected": "panier remis",
    "order.absent": "foyer noté absent",
    "order.expected": "remise défaite",
}


class BasketsConfig(AppConfig):
    name = "orders.baskets"
    label = "baskets"

    def ready(self) -> None:
        from cagette.core import audit, integrity, mail, outbox
        from orders.baskets import notices, shortening
        from orders.baskets.queries import checks

        integrity.register("stocks", checks.find_wrong_stocks)
        integrity.register("shortages", checks.find_untold_shortages)
        integrity.register("order lines", checks.find_wrong_lines)
        integrity.register("pickup counters", checks.find_wrong_counters)
        outbox.subscribe("baskets.order_placed", notices.confirm_order)
        outbox.subscribe("baskets.order_cancelled", notices.confirm_cancellation)
        outbox.subscribe("producers.harvest_corrected", shortening.note_shortage)
        outbox.subscribe("baskets.order_cut", notices.tell_cut)
        mail.name_kind("order", "commande")
        mail.name_kind("cancelled", "commande annulée")
        mail.name_kind("cut", "commande réduite ou corrigée")
        for verb, words in DEEDS.items():
            audit.name_deed(verb, words)
