"""Kinds of organisations and of roles."""

from django.db import models


class OrganisationKind(models.TextChoices):
    ASSOCIATION = "association", "association"
    PRODUCER = "producer", "ferme"
    COMPANY = "company", "entreprise"
    AUTHORITY = "authority", "collectivité"


class RoleKind(models.TextChoices):
    STAFF = "staff", "membre de l’équipe"
    VOLUNTEER = "volunteer", "bénévole"
    TREASURER = "treasurer", "trésorier·ère"
    COORDINATOR = "coordinator", "coordinateur·rice"
    ADMINISTRATOR = "administrator", "administrateur·rice"
