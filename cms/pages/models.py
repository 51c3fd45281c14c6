"""Wagtail pages: home and territory. They show the domain through queries and never copy it."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from cagette.core import clock
from cagette.places.models import Territory
from cms.pages import queries


class HomePage(Page):
    """The front door."""

    lead = models.TextField("chapeau", blank=True, default="")

    content_panels = [*Page.content_panels, FieldPanel("lead")]
    max_count = 1
    template = "pages/home.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        territories = TerritoryPage.objects.live().child_of(self)
        return {**context, "window": queries.home_window(now=clock.now()), "territories": territories}


class TerritoryPage(Page):
    """A territory's window: its points, next cycles and producers, live."""

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="pages", verbose_name="territoire")
    lead = models.TextField("chapeau", blank=True, default="")
    body = RichTextField("texte", blank=True, default="", features=["h2", "bold", "italic", "link", "ol", "ul"])

    content_panels = [*Page.content_panels, FieldPanel("territory"), FieldPanel("lead"), FieldPanel("body")]
    template = "pages/territory.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return {**context, "window": queries.territory_window(territory=self.territory, now=clock.now())}
