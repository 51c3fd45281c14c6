"""What a group decides once for all its sales: rules, fees, templates that come back."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cagette.core.fields import MoneyField
from cagette.core.money import Money
from cagette.people.models import Household, Organisation, User
from cagette.places.enums import VatClass
from orders.cycles.enums import CaseRule, FeeKind, MinimumRule, Rationing, Recurrence


class SaleRules(models.Model):
    """The rules of a sale: a group's, and each cycle's own copy, made when it is planned."""

    order_minimum = MoneyField("minimum par commande", default=Money, help_text="VAT included, without fees; 0: none.")
    minimum_rule = models.CharField(
        "sous le minimum d’une ferme", max_length=12, choices=MinimumRule, default=MinimumRule.COME
    )
    case_rule = models.CharField("colis incomplet", max_length=12, choices=CaseRule, default=CaseRule.CUT)
    allows_notes = models.BooleanField("remarques des foyers", default=False)
    shows_names = models.BooleanField("noms des foyers sur les bons", default=True)

    class Meta:
        abstract = True


RULES = ("order_minimum", "minimum_rule", "case_rule", "allows_notes", "shows_names")


class GroupSettings(SaleRules):
    """A group's rules for sales to come; those that are planned keep theirs. Without a row they are these defaults."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="sale_settings")
    rationing = models.CharField("s’il en manque", max_length=12, choices=Rationing, default=Rationing.LAST_COME)
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, related_name="+", help_text="In whose name the group takes a case's rest."
    )

    def __str__(self) -> str:
        return f"settings of organisation {self.organisation_id}"


class FeeTerms(models.Model):
    """A fee: its kind, its rate or amount VAT included, who earns it, its own VAT class."""

    name = models.CharField("nom", max_length=80)
    kind = models.CharField("genre", max_length=20, choices=FeeKind)
    permyriad = models.PositiveIntegerField("taux", default=0, help_text="In hundredths of a per cent.")
    amount = MoneyField("montant", default=Money)
    earner = models.CharField("au profit de", max_length=120, blank=True, default="", help_text="Empty: the group.")
    vat_class = models.CharField("TVA", max_length=20, choices=VatClass, default=VatClass.STANDARD)

    class Meta:
        abstract = True

    @property
    def is_percent(self) -> bool:
        return self.kind in (FeeKind.PERCENT_LINE, FeeKind.PERCENT_ORDER)


class GroupFee(FeeTerms):
    """A fee of a group's sales to come."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="fees")
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"#{self.pk} {self.name} of organisation {self.organisation_id}"


class CycleTemplate(models.Model):
    """A sale that can be planned again: by hand, or by itself along a rule in the group's local time."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="cycle_templates")
    name = models.CharField("nom", max_length=120)
    plan = models.JSONField(help_text="Farms, points, hours; days as distances from the delivery.")
    rule = models.CharField("revient", max_length=12, choices=Recurrence, default=Recurrence.NONE)
    weekday = models.PositiveSmallIntegerField("jour de livraison", default=0, help_text="Monday is 0.")
    nth = models.PositiveSmallIntegerField("rang dans le mois", default=1, help_text="1 to 5; a fifth is the last.")
    starts_on = models.DateField("à partir du", null=True, blank=True)
    until_on = models.DateField("jusqu’au", null=True, blank=True)
    skipped = ArrayField(models.DateField(), verbose_name="dates sautées", default=list, blank=True)
    weeks_ahead = models.PositiveSmallIntegerField("semaines d’avance", default=4)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, nth__gte=1, nth__lte=5), name="cycle_template_names_a_weekday"
            ),
            models.CheckConstraint(
                condition=Q(rule=Recurrence.NONE) | Q(starts_on__isnull=False), name="cycle_template_starts_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name} of organisation {self.organisation_id}"
