"""The baskets app: letters to households, checks of stocks and sums."""

from django.apps import AppConfig

DEEDS = {
    "baskets.order_placed": "commande passée ou changée",
    "baskets.order_cancelled": "commande annulée",
    "baskets.order_corrected": "commande corrigée",
    "baskets.order_cut": "commande réduite",
    "baskets.case_completed": "colis complété par le groupe",
    "reminders.chosen": "rappels choisis",
    "baskets.order_moved": "commande déplacée",
    "order.collected": "panier remis",
    "order.absent": "foyer noté absent",
    "order.expected": "remise défaite",
    "order.collector_named": "qui vient chercher, dit ou changé",
    "order.code_renewed": "code de retrait changé",
    "calendar.made": "adresse d’agenda faite",
    "calendar.renewed": "adresse d’agenda changée",
    "calendar.closed": "adresse d’agenda fermée",
}

SALE, ORDER = ("jour", "point"), ("jour", "point", "numero")
LETTERS = {
    "opening": ("ouverture", "les membres, quand une vente ouvre", SALE),
    "closing": ("rappel de la clôture", "les membres qui n’ont rien commandé, la veille", SALE),
    "collection": ("rappel du retrait", "les foyers qui ont commandé, le matin du retrait", ORDER),
    "order": ("commande", "le foyer, quand il commande ou change", ORDER),
    "cancelled": ("commande annulée", "le foyer, quand il annule", ORDER),
    "wait": ("de nouveau en vente", "les foyers qui attendaient un produit épuisé", ("jour", "produit")),
    "moved": (
        "vente ou commande déplacée",
        "les foyers qui ont commandé, quand la clôture, le jour ou le point change",
        ORDER,
    ),
    "close": ("clôture", "les foyers qui ont commandé, quand la vente est close", ORDER),
    "cut": ("commande réduite ou corrigée", "le foyer dont des produits changent sans lui", ORDER),
}


class BasketsConfig(AppConfig):
    name = "orders.baskets"
    label = "baskets"

    def ready(self) -> None:
        from cagette.core import audit, integrity, letters, outbox, sweeps
        from orders.baskets import notices, reminding, samples, shortening, waiting
        from orders.baskets.queries import checks

        integrity.register("stocks", checks.find_wrong_stocks)
        integrity.register("shortages", checks.find_untold_shortages)
        integrity.register("order lines", checks.find_wrong_lines)
        integrity.register("pickup counters", checks.find_wrong_counters)
        integrity.register("moved sales", checks.find_wrong_moves)
        outbox.subscribe("baskets.order_placed", notices.confirm_order)
        outbox.subscribe("baskets.order_cancelled", notices.confirm_cancellation)
        outbox.subscribe("producers.harvest_corrected", shortening.note_shortage)
        outbox.subscribe("baskets.order_cut", notices.tell_cut)
        outbox.subscribe("baskets.offer_is_back", notices.tell_offer_is_back)
        outbox.subscribe("cycles.sale_moved", notices.tell_moved)
        outbox.subscribe("baskets.order_moved", notices.tell_order_moved)
        sweeps.register("waits", waiting.tell_waiting, order=27)
        outbox.subscribe("baskets.participation_closed", notices.tell_close)
        outbox.subscribe("cycles.farm_called_off", notices.tell_close)
        sweeps.register("remind", reminding.remind_due, order=28)
        for kind, (in_words, to, names) in LETTERS.items():
            letters.register(kind, in_words, to=to, names=names, sample=getattr(samples, kind, None))
        for verb, words in DEEDS.items():
            audit.name_deed(verb, words)
