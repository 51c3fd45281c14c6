"""Wagtail pages: home and territory. They show the domain through queries and never copy it."""

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from cagette.places.models import Territory


class HomePage(Page):
    """The front door."""

    lead = models.TextField("chapeau", blank=True, default="")

    content_panels = [*Page.content_panels, FieldPanel("lead")]
    max_count = 1
    template = "pages/home.html"


class TerritoryPage(Page):
    """A territory's window: its points, next cycles and producers, live."""

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="pages", verbose_name="territoire")
    lead = models.TextField("chapeau", blank=True, default="")
    body = RichTextField("texte", blank=True, default="", features=["h2", "bold", "italic", "link", "ol", "ul"])

    content_panels = [*Page.content_panels, FieldPanel("territory"), FieldPanel("lead"), FieldPanel("body")]
    template = "pages/territory.html"
