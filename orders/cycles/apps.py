"""The cycles app: opening by itself."""

from django.apps import AppConfig

DEEDS = {
    "cycles.close_moved": "clôture déplacée",
    "cycles.reopened": "vente rouverte",
    "cycles.day_moved": "livraison déplacée",
    "cycles.place_moved": "distribution déplacée",
    "cycles.cancelled": "vente annulée",
    "cycles.farm_cancelled": "une ferme ne vient plus",
    "cycles.merged": "vente réunie avec une autre",
    "cycles.answered": "réponse d’une ferme",
    "offer.corrected": "prix ou vente corrigés par la ferme",
    "cycles.reminded": "fermes relancées",
    "cycles.room_set": "nombre de paniers changé",
    "cycles.planned": "vente prévue",
    "cycles.replanned": "plan changé",
    "cycles.removed": "vente retirée",
    "cycles.invited": "fermes invitées",
    "cycles.rules_decided": "règles des ventes changées",
    "cycles.fee_added": "frais ajouté",
    "cycles.fee_ended": "frais terminé",
    "cycles.template_kept": "modèle gardé",
    "cycles.template_changed": "modèle récrit",
    "cycles.template_ended": "modèle terminé",
    "cycles.template_taken_up": "modèle repris",
    "cycles.rhythm_set": "rythme d’un modèle changé",
    "cycles.date_skipped": "date sautée",
    "cycles.date_taken_back": "date reprise",
}


class CyclesConfig(AppConfig):
    name = "orders.cycles"
    label = "cycles"

    def ready(self) -> None:
        from cagette.core import audit, letters, mail, outbox, sweeps
        from orders.cycles import answering, notices, opening, samples, templating

        for verb, in_words in DEEDS.items():
            audit.name_deed(verb, in_words)
        sweeps.register("plan", templating.plan_due, order=5)
        sweeps.register("open", opening.open_due, order=10)
        outbox.subscribe("cycles.producer_invited", notices.invite_farm)
        outbox.subscribe("cycles.producer_reminded", notices.invite_farm)
        outbox.subscribe("cycles.invitation_withdrawn", notices.withdraw_invitation)
        outbox.subscribe("cycles.farm_answered", notices.tell_answer)
        outbox.subscribe("producers.paused", answering.follow_pause)
        outbox.subscribe("producers.pause_taken_back", answering.follow_pause)
        outbox.subscribe("cycles.farm_paused", notices.tell_paused)
        outbox.subscribe("cycles.template_stuck", notices.tell_template_stuck)
        outbox.subscribe("cycles.sale_moved", notices.tell_farms_moved)
        outbox.subscribe("cycles.farm_called_off", notices.tell_called_off)
        mail.name_kind("farm_moved", "vente déplacée")
        mail.name_kind("called_off", "vente annulée ou réunie")
        mail.name_kind("template", "modèle de vente")
        letters.keep_ours("template")
        invited, told = "une ferme, pour venir à une vente", "les fermes d’une vente retirée"
        letters.register("invitation", "invitation", to=invited, names=("jour",), sample=samples.invitation)
        letters.register("withdrawn", "vente retirée", to=told, sample=samples.withdrawn)
        mail.name_kind("answer", "réponse d’une ferme")
        mail.name_kind("pause", "fermeture d’une ferme")
        letters.keep_ours("answer")
        letters.keep_ours("pause")
