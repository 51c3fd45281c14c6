"""Without the broker (Valkey down): what is due is done, letters leave, pages answer."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from cagette.core import clock, links
from cagette.core.models import Letter, OutboxEvent
from distribution import closing
from distribution.models import Acknowledgement, PickingList
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation
from tests.factories import (
    CLOSES,
)
from tests.faults.conftest import a_sale_with_an_order, kill_group, wait_until

pytestmark = pytest.mark.usefixtures("committed_db")


def test_with_the_broker_down_orders_are_placed_and_the_sweep_does_all_that_is_due(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.MAIL_TRANSPORT = "keep"
    a_sale_with_an_order()
    Participation.objects.update(closes_at=clock.now() - timedelta(seconds=1))

    call_command("sweep")

    assert Participation.objects.get().state == SaleState.CLOSED
    letter = Letter.objects.get(kind="picking_list")
    assert letter.state == Letter.State.SENT
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()


def test_a_sweep_of_its_own_process_does_all_that_is_due_without_a_broker(process_environ):
    a_sale_with_an_order()
    Participation.objects.update(closes_at=clock.now() - timedelta(seconds=1))
    environ = {**process_environ, "REDIS_URL": "redis://127.0.0.1:1/0", "MAIL_TRANSPORT": "keep"}

    subprocess.run([sys.executable, "manage.py", "sweep"], env=environ, check=True, timeout=60, capture_output=True)

    assert PickingList.objects.get().order_count == 1
    assert Letter.objects.get(kind="picking_list").state == Letter.State.SENT


def test_pages_and_links_answer_while_the_broker_and_its_cache_are_gone(client, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    part = a_sale_with_an_order()
    closing.close_due(now=CLOSES)
    written = PickingList.objects.get(participation=part)
    address = reverse("distribution:signed_list", args=[links.sign("picking_list", written.pk)])

    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 302
    assert Acknowledgement.objects.get().picking_list == written


def test_the_relay_delivers_news_without_a_broker(process_environ):
    a_sale_with_an_order()
    environ = {**process_environ, "REDIS_URL": "redis://127.0.0.1:1/0", "MAIL_TRANSPORT": "keep"}

    relay = subprocess.Popen([sys.executable, "manage.py", "relay"], env=environ, start_new_session=True)
    try:
        wait_until(lambda: Letter.objects.filter(kind="order", state="sent").exists(), seconds=30)
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(timeout=15) == 0
    finally:
        kill_group(relay)
