"""The supervisor of ./run: migrates, loads the demo, keeps web, worker, beat and relay alive, stops them all."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Any

from cagette.local import servers
from cagette.local.places import ROOT, STATE

PYTHON = sys.executable
LOGS = STATE / "log"
READY_SECONDS = 90
BACKOFF_SECONDS = 2.0


class Stop(Exception):
    """Somebody asked us to stop: Ctrl-C or SIGTERM."""


def run(*, once: bool, port: int, fresh: bool = False) -> int:
    """Start everything and serve until stopped, or do the main job once. A second run beside the first says so.

    fresh: with an empty embedded database; one that DATABASE_URL names is never touched.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    with (STATE / "run.lock").open("a+") as lock:
        if not _is_alone(lock):
            return 1
        signal.signal(signal.SIGTERM, _on_signal)
        signal.signal(signal.SIGINT, _on_signal)
        end_orphans()
        if fresh:
            servers.forget()
        try:
            with servers.running() as urls:
                return _serve(urls, once=once, port=servers.free_port(port))
        except Stop:
            print("Stopped.")
            return 0


def _is_alone(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = _remembered().get("url", "its address is being made")
        print(f"Cagette is running already, from this folder: {where}", file=sys.stderr)
        return False
    return True


def _on_signal(number: int, frame: FrameType | None) -> None:
    raise Stop


def _serve(urls: dict[str, str], *, once: bool, port: int) -> int:
    url = f"http://127.0.0.1:{port}"
    environ = {**os.environ, **settings(url), **urls}
    manage(environ, "seed_demo", "--scale", "small", "--migrate")
    family = Family(environ)
    try:
        family.start(commands(port))
        _remember(url=url, pids=family.pids())
        if not family.wait_ready(url):
            print(f"Not ready after {READY_SECONDS} s; see {LOGS}", file=sys.stderr)
            return 1
        if once:
            return manage(environ, "main_job", check=False)
        print(f"\nCagette: {url}\n")
        manage(environ, "demo_logins")
        print(f"\nLogs: {LOGS}\nCtrl-C stops everything.", flush=True)
        family.watch(lambda: _remember(url=url, pids=family.pids()))
        return 0
    finally:
        with _no_more_signals():
            family.stop()
            _remember()


def settings(url: str) -> dict[str, str]:
    """The environment of a local demo: loopback only, letters kept on their page."""
    return {
        "SECRET_KEY": _secret_key(),
        "DEMO": "1",
        "BASE_URL": url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "MAIL_TRANSPORT": "keep",
        "VAR_DIR": str(STATE / "var"),
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "cagette.config.settings",
    }


def _secret_key() -> str:
    kept = STATE / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()


def commands(port: int) -> dict[str, list[str]]:
    """What runs, by name."""
    celery = [PYTHON, "-m", "celery", "-A", "cagette.config"]
    schedule = str(STATE / "beat-schedule")
    return {
        "web": [
            str(Path(PYTHON).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", "2", "--no-access-log", "cagette.config.wsgi:application",
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "warning", "--without-gossip",
        "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel", "warning", "--schedule", schedule],
        "relay": [PYTHON, "manage.py", "relay"],
    }  # fmt: skip


def manage(environ: dict[str, str], *arguments: str, check: bool = True) -> int:
    """Run a management command; its exit code."""
    return subprocess.run([PYTHON, "manage.py", *arguments], cwd=ROOT, env=environ, check=check).returncode


class Family:
    """The processes of one run."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.commands: dict[str, list[str]] = {}
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, commands: dict[str, list[str]]) -> None:
        """Start each in a process group of its own, its output in a log."""
        self.commands = commands
        for name in commands:
            self._start(name)

    def _start(self, name: str) -> None:
        with (LOGS / f"{name}.log").open("a") as log:
            self.children[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def pids(self) -> list[int]:
        return [child.pid for child in self.children.values()]

    def wait_ready(self, url: str) -> bool:
        """Wait for /readyz to say that everything does its work."""
        give_up_at = time.monotonic() + READY_SECONDS
        while time.monotonic() < give_up_at:
            self._restart_dead()
            try:
                urllib.request.urlopen(f"{url}/readyz", timeout=5).close()  # noqa: S310 - our own loopback
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            else:
                return True
            time.sleep(0.25)
        return False

    def watch(self, changed: Callable[[], None]) -> None:
        """Until a signal: restart what dies, and say so."""
        while True:
            if self._restart_dead():
                changed()
            time.sleep(0.5)

    def _restart_dead(self) -> bool:
        dead = [name for name, child in self.children.items() if child.poll() is not None]
        for name in dead:
            code = self.children[name].returncode
            print(f"{name} ended with {code}; it is started again (see {LOGS / name}.log)", file=sys.stderr)
            time.sleep(BACKOFF_SECONDS)
            self._start(name)
        return bool(dead)

    def stop(self) -> None:
        """TERM each group, then KILL what has not ended after ten seconds."""
        for child in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
        for child in self.children.values():
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                pass
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


@contextlib.contextmanager
def _no_more_signals() -> Iterator[None]:
    """A second Ctrl-C does not leave half of them behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _remember(url: str = "", pids: "list[int] | None" = None) -> None:
    (STATE / "run.json").write_text(json.dumps({"url": url, "pids": pids or []}))


def _remembered() -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((STATE / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


def _wait_for_end(pid: int) -> None:
    """A process that was killed holds its port a moment longer."""
    for _attempt in range(100):
        if not servers.is_alive(pid):
            return
        time.sleep(0.05)


def end_orphans() -> int:
    """End what a killed supervisor left behind: only processes of this folder, found by their pids. Returns
    how many."""
    ended = 0
    for pid in _remembered().get("pids", []):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_text()
            here = Path(f"/proc/{pid}/cwd").resolve() == ROOT
            if here and ("cagette" in command or "manage.py" in command):
                os.killpg(pid, signal.SIGKILL)
                ended += 1
                _wait_for_end(int(pid))
    return ended
