"""The core app: what it registers with itself at start."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "cagette.core"
    label = "core"

    def ready(self) -> None:
        from cagette.core import audit, integrity, mail, outbox, sweeps

        sweeps.register("outbox", outbox.deliver_due, order=30)
        sweeps.register("letters", mail.send_due, order=40)
        integrity.register("outbox", outbox.find_undelivered)
        integrity.register("letters", mail.find_unsent)
        mail.name_kind("essai", "essai d’une lettre")
        audit.name_deed("letter.words_changed", "texte d’une lettre changé")
