"""A real server on a database of the test's own, and Debian's Chromium in front of it."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from cagette.local.servers import free_port

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop runs in this thread

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, once for the journeys of a module.

    While playwright's loop runs in this thread, Django gives the thread other connections than before: those of the
    tests that came before are closed first, and the loop ends with the module.
    """
    connections.close_all()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def live_url(process_environ: dict[str, str]) -> Iterator[str]:
    """The address of a web server on the test's own database."""
    port = free_port(8100)
    url = f"http://127.0.0.1:{port}"
    environ = {**process_environ, "BASE_URL": url, "MAIL_TRANSPORT": "keep", "LOG_LEVEL": "ERROR"}
    granian = Path(sys.executable).with_name("granian")
    command = [granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    server = subprocess.Popen(
        [*map(str, command), "--blocking-threads", "2", "cagette.config.wsgi:application"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(f"{url}/livez")
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=20)


def wait_for(url: str) -> None:
    give_up_at = time.monotonic() + 40
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            assert time.monotonic() < give_up_at, "the server never answered"
            time.sleep(0.1)
        else:
            return


class Watch:
    """What a page must not do: write errors to its console, ask other hosts."""

    def __init__(self, page: Page, url: str) -> None:
        self.complaints: list[str] = []
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._ask(request.url, url))

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def _ask(self, asked: str, url: str) -> None:
        if not asked.startswith((url, "data:")):
            self.complaints.append(f"asked {asked}")


@pytest.fixture
def phone(browser: Browser, live_url: str) -> Iterator[Any]:
    """Opens pages 360 pixels wide, one person each; at the end none may have complained."""
    opened: list[tuple[Any, Watch]] = []

    def open_phone(*, width: int = 360, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 780},
            base_url=live_url,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            java_script_enabled=script,
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        opened.append((context, Watch(page, live_url)))
        return page

    yield open_phone
    for context, _watch in opened:
        context.close()
    assert [complaint for _context, watch in opened for complaint in watch.complaints] == []
