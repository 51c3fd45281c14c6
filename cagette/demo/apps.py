"""The demo app: commands only."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "cagette.demo"
    label = "demo"
