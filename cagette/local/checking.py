"""./check: the static checks, all of them even when one fails, two at a time."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cagette.local.places import ROOT

BIN = Path(sys.executable).parent

# Templates that djLint reads: ours. Letters' texts are not HTML.
TEMPLATES = ("cagette", "producers", "orders", "distribution", "cms")

CHECKS: dict[str, list[str]] = {
    "mypy": ["mypy", "."],
    "ruff": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "imports": ["lint-imports"],
    "templates": ["djlint", *TEMPLATES, "--lint", "--quiet", "--extension", "html"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "deploy": ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "docker": ["hadolint", "--failure-threshold", "warning", "docker/Dockerfile"],
    "compose": ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker/compose.yaml"],
    "scripts": ["shellcheck", "run", "test", "check", "bench", ".ci/run"],
}


@dataclass(frozen=True)
class Result:
    """How a check ended."""

    name: str
    code: int
    seconds: float
    output: str


def main(names: "list[str]") -> int:
    """Run the named checks, or all; 0 when all passed."""
    chosen = {name: CHECKS[name] for name in names or CHECKS}
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(_run, chosen.items()))
    for result in results:
        if result.code != 0:
            print(f"\n--- {result.name}\n{result.output.strip()}")
    print()
    for result in results:
        print(f"{'ok  ' if result.code == 0 else 'FAIL'} {result.name:<12} {result.seconds:5.1f} s")
    return 1 if any(result.code for result in results) else 0


def _run(check: "tuple[str, list[str]]") -> Result:
    name, command = check
    began = time.monotonic()
    environ = {**os.environ, **_environ()}
    program = str(BIN / command[0])
    done = subprocess.run([program, *command[1:]], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    return Result(name, done.returncode, time.monotonic() - began, done.stdout + done.stderr)


def _environ() -> "dict[str, str]":
    """Settings as a real installation has them; no server is asked."""
    return {
        "SECRET_KEY": "a-key-for-static-checks-alone-" + "0123456789" * 4,
        "BASE_URL": "https://cagette.example",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "PYTHONWARNINGS": "ignore",
        "PATH": f"{BIN}:{os.environ.get('PATH', '')}",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
