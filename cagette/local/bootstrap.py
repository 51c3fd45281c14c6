"""Make .venv match uv.lock. Runs on a bare Debian's python3; says what is missing in one sentence."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
UV = "0.13.9"
STAMP = VENV / ".cagette-lock"


def main() -> int:
    """Set up .venv when the lock has changed; 0 when it is ready."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return fail("Cagette needs Python 3.11, 3.12 or 3.13: install python3.11, or run PYTHON=python3.12 ./run")
    if not os.access(ROOT, os.W_OK):
        return fail(f"{ROOT} belongs to somebody else: run this in a clone of your own.")
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    print("Installing the locked dependencies…", file=sys.stderr, flush=True)
    environ = {"UV_SYSTEM_CERTS": "1", **os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if not (install_with_uv(environ) or install_with_pip(environ)):
        return fail("The dependencies could not be installed: see above. Is the package registry within reach?")
    STAMP.write_text(wanted)
    return 0


def fingerprint() -> str:
    """What .venv depends on: the lock, the project's file, this Python."""
    parts = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return hashlib.sha256(b"".join([*parts, sys.version.encode()])).hexdigest()


def install_with_uv(environ: "dict[str, str]") -> bool:
    """The quick way: uv, found or installed into a small environment of its own."""
    uv = shutil.which("uv", path=environ.get("PATH")) or own_uv(environ)
    if uv is None:
        return False
    command = [uv, "sync", "--frozen", "--no-install-project", "--quiet", "--python", sys.executable]
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode == 0


def own_uv(environ: "dict[str, str]") -> "str | None":
    home = ROOT / ".local" / "uv"
    uv = home / "bin" / "uv"
    if uv.exists():
        return str(uv)
    home.mkdir(parents=True, exist_ok=True)
    if pip := a_pip(home):
        command = [*pip, "install", "--quiet", "--disable-pip-version-check", f"uv=={UV}"]
        subprocess.run(command, env=environ, check=False, stdout=sys.stderr)
    return str(uv) if uv.exists() else None


def a_pip(home: Path) -> "list[str] | None":
    """A pip that installs into home: a venv's own, or the system's where python3-venv is not installed."""
    made = subprocess.run([sys.executable, "-m", "venv", str(home)], check=False, capture_output=True)
    if made.returncode == 0:
        return [str(home / "bin" / "pip")]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0:
        return [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python3")]
    return None


def install_with_pip(environ: "dict[str, str]") -> bool:
    """The slow way, where uv does not run: pip with the hashes of requirements.txt."""
    print("uv is not to be had here; using pip (a minute or two)…", file=sys.stderr, flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode != 0:
        print("Debian keeps venv in a package of its own: apt-get install python3-venv", file=sys.stderr)
        return False
    requirements = ["--require-hashes", "-r", str(ROOT / "requirements.txt")]
    command = [str(VENV / "bin" / "pip"), "install", "--quiet", *requirements]
    return subprocess.run(command, env=environ, check=False, stdout=sys.stderr).returncode == 0


def fail(words: str) -> int:
    print(words, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
