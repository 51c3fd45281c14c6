"""Users, households, organisations, and the two ties between them: memberships and roles."""

import zoneinfo
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from cagette.people.enums import OrganisationKind, RoleKind


class UserManager(BaseUserManager["User"]):
    """Makes users, who log in by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email or "")


class Household(models.Model):
    """One or several people who order together."""

    name = models.CharField("nom du foyer", max_length=120)
    phone = models.CharField("téléphone", max_length=30, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in."""

    email = models.EmailField("adresse e-mail", unique=True)
    first_name = models.CharField("prénom", max_length=80, blank=True, default="")
    last_name = models.CharField("nom", max_length=80, blank=True, default="")
    household = models.ForeignKey(Household, models.SET_NULL, null=True, blank=True, related_name="people")
    is_staff = models.BooleanField("accès à la gestion", default=False)
    is_active = models.BooleanField("actif", default=True)
    date_joined = models.DateTimeField("inscrit le", default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_whatever_case")]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self) -> str:
        return self.first_name or self.email


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Words to ask for organisations."""

    def tied_to(self, user: Any) -> Self:
        """Those in which the person has a role, or whose household is a member."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        by_role = models.Q(roles__user=user)
        by_household = models.Q(memberships__household=user.household_id, memberships__ended_on=None)
        return self.filter(by_role | by_household if user.household_id else by_role).distinct()


class Organisation(models.Model):
    """A group, a farm, a firm or an authority."""

    kind = models.CharField("genre", max_length=20, choices=OrganisationKind)
    name = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse courte", max_length=80, unique=True)
    email = models.EmailField("adresse e-mail", blank=True, default="")
    phone = models.CharField("téléphone", max_length=30, blank=True, default="")
    commune_code = models.CharField("commune (code INSEE)", max_length=5, blank=True, default="")
    time_zone = models.CharField("fuseau horaire", max_length=40, default="Europe/Paris")
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def local(self, instant: datetime) -> datetime:
        """An instant as its clocks show it."""
        return instant.astimezone(self.zone)


class Membership(models.Model):
    """A household belongs to a group (adhésion)."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    joined_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        return f"household {self.household_id} in organisation {self.organisation_id}"


class Role(models.Model):
    """What a person may do in an organisation."""

    user = models.ForeignKey(User, models.CASCADE, related_name="roles")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=RoleKind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation", "kind"], name="role_once")]

    def __str__(self) -> str:
        return f"user {self.user_id} {self.kind} in organisation {self.organisation_id}"
