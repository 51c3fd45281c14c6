"""What keeps an installation whole: settings explained, requirements in step, servers told apart."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from cagette.local import bootstrap, checking, servers, supervisor, testing

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_read_from_the_environment_is_explained_and_none_besides():
    code = (ROOT / "cagette/config/settings.py").read_text()
    template = (ROOT / "docker/settings.env").read_text()

    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', code))
    explained = set(re.findall(r"^#?([A-Z_]+)=", template, re.MULTILINE))

    assert explained - read == {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}
    assert read - explained == set()


def test_the_requirements_for_pip_hold_the_versions_of_the_lock():
    lock = (ROOT / "uv.lock").read_text()
    locked = dict(re.findall(r'\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"', lock))
    required = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))

    assert {name: locked[name] for name in required} == required
    assert set(locked) - set(required) <= {"cagette"}


def test_the_stamp_changes_with_the_lock(monkeypatch, tmp_path):
    for name in ("uv.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    before = bootstrap.fingerprint()

    (tmp_path / "uv.lock").write_text("another")

    assert bootstrap.fingerprint() != before


def test_a_pid_that_is_no_longer_ours_is_not_taken_for_a_server(tmp_path):
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")

    assert servers._postmaster(tmp_path) is None
    assert servers._is_ours(os.getpid(), "pytest")


def test_a_process_that_ended_and_waits_for_its_parent_is_not_alive():
    child = subprocess.Popen([sys.executable, "-c", ""])
    give_up_at = time.monotonic() + 20
    while servers.is_alive(child.pid):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)

    assert child.wait() == 0


def test_a_second_run_beside_the_first_says_so_and_does_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(supervisor, "STATE", tmp_path)
    monkeypatch.setattr(supervisor, "LOGS", tmp_path / "log")
    supervisor._remember(url="http://127.0.0.1:8000", pids=[1])
    with (tmp_path / "run.lock").open("a+") as first:
        assert supervisor._is_alone(first)

        assert supervisor.run(once=False, port=8000) == 1

    assert "running already, from this folder: http://127.0.0.1:8000" in capsys.readouterr().err


def test_orphans_are_ended_only_when_they_are_of_this_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "STATE", tmp_path)
    sleep = [sys.executable, "-c", "import time; time.sleep(60)", "manage.py"]
    ours = subprocess.Popen(sleep, cwd=ROOT, start_new_session=True)
    other = subprocess.Popen(sleep, cwd=tmp_path, start_new_session=True)
    supervisor._remember(pids=[ours.pid, other.pid, 4_000_000])

    try:
        assert supervisor.end_orphans() == 1
        assert ours.wait(timeout=10) == -9
        assert other.poll() is None
    finally:
        other.kill()
        other.wait(timeout=10)


def test_every_check_names_a_program_that_the_lock_installs():
    for name, command in checking.CHECKS.items():
        assert (Path(sys.executable).parent / command[0]).exists(), name


def test_the_tests_queue_beside_what_runs():
    assert testing.beside("redis://:word@127.0.0.1:6379/0") == "redis://:word@127.0.0.1:6379/1"
    assert testing.beside("redis://valkey:6379/5") == "redis://valkey:6379/6"
    assert testing.beside("redis://valkey:6379") == "redis://valkey:6379/1"
