"""./test: pytest on real servers; --browser adds the journeys in Debian's Chromium."""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from cagette.local import servers
from cagette.local.places import ROOT, STATE

JOURNEYS = "tests/journeys"


def main(arguments: list[str]) -> int:
    """Run pytest with the arguments; its exit code."""
    browser = "--browser" in arguments
    arguments = [argument for argument in arguments if argument != "--browser"]
    if browser and not have_chromium():
        return 1
    with servers.running() as urls:
        redis = {"REDIS_URL": beside(urls["REDIS_URL"])}
        environ = {**os.environ, **urls, **redis, **settings()}
        command = [sys.executable, "-m", "pytest", *(_choice(browser, arguments)), *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
    if code == 0:
        _stamp().write_text(_fingerprint())
    return code


def beside(redis_url: str) -> str:
    """The same Valkey, the database after the one given: what ./run queues there is not for the tests' workers."""
    server, _slash, number = redis_url.rpartition("/")
    return f"{server}/{int(number) + 1}" if number.isdigit() else f"{redis_url.rstrip('/')}/1"


def settings() -> dict[str, str]:
    """The environment of tests: as strict as production, but for the address."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "BASE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "CONN_MAX_AGE": "0",
        "DEMO": "0",
        "MAIL_TRANSPORT": "smtp",
        "VAR_DIR": str(STATE / "test-var"),
        "DJANGO_SETTINGS_MODULE": "cagette.config.settings",
    }


def _choice(browser: bool, arguments: list[str]) -> list[str]:
    """The test database is kept between runs until a migration changes; journeys run when asked for."""
    chosen = ["--reuse-db"]
    if not _stamp().exists() or _stamp().read_text() != _fingerprint():
        chosen.append("--create-db")
    named = any(JOURNEYS in argument for argument in arguments)
    if not browser and not named:
        chosen.append(f"--ignore={JOURNEYS}")
    return chosen


def _stamp() -> Path:
    return STATE / "test-database"


def _fingerprint() -> str:
    files = sorted(path for path in ROOT.glob("**/migrations/*.py") if ".venv" not in path.parts)
    lock = (ROOT / "uv.lock").read_bytes()
    return hashlib.sha256(lock + b"".join(path.read_bytes() for path in files)).hexdigest()


def have_chromium() -> bool:
    """Debian's Chromium: found, installed where we may, or the one command that does it."""
    if shutil.which("chromium"):
        return True
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "libatomic1"]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's chromium…", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(
            install, check=False, stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        )
        if shutil.which("chromium"):
            return True
    print(f"The browser tests need Debian's chromium: sudo {' '.join(install)}", file=sys.stderr)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
