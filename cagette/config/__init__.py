"""The roof: settings, addresses, Celery. Nothing imports it but the servers."""

from cagette.config.celery import app as celery_app

__all__ = ["celery_app"]
