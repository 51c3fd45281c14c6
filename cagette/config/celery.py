"""The Celery application and what it does by itself, at intervals only: what is due is decided in SQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cagette.config.settings")

app = Celery("cagette")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "heartbeat": {"task": "cagette.core.tasks.beat", "schedule": 5.0},
    "relay": {"task": "cagette.core.tasks.relay", "schedule": 5.0},
    "price_lists": {"task": "producers.tasks.apply_due_price_lists", "schedule": 5.0},
    "plan": {"task": "orders.cycles.tasks.plan_due", "schedule": 600.0},
    "open": {"task": "orders.cycles.tasks.open_due", "schedule": 20.0},
    "versions": {"task": "distribution.tasks.write_due_versions", "schedule": 20.0},
    "waits": {"task": "orders.baskets.tasks.tell_waiting", "schedule": 20.0},
    "close": {"task": "distribution.tasks.close_due", "schedule": 10.0},
    "remind": {"task": "orders.baskets.tasks.remind_due", "schedule": 60.0},
    "digest": {"task": "distribution.tasks.digest_due", "schedule": 600.0},
    "verify": {"task": "cagette.core.tasks.verify_integrity", "schedule": 24 * 3600.0},
}
