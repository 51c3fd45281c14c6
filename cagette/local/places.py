"""Where this checkout keeps its servers, their data and their logs."""

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".local"  # logs, pids, the secret key of local runs
SHARED = Path("/var/lib")


def key() -> str:
    """A word that this checkout alone has: a new clone in the same place does not find an old one's data."""
    kept = STATE / "key"
    if not kept.exists():
        STATE.mkdir(exist_ok=True)
        kept.write_text(secrets.token_hex(5))
    return kept.read_text().strip()


def servers_home() -> Path:
    """The folder of this checkout's servers: beside the state, or for root in /var/lib, which nobody may enter."""
    return SHARED / f"cagette-{key()}" if os.geteuid() == 0 else STATE / "servers"


def forget_former_clones(is_running: Callable[[Path], object]) -> None:
    """Remove what clones that stood here before left in /var/lib; what still runs is left alone."""
    ours = servers_home()
    if ours.parent != SHARED:
        return
    ours.mkdir(exist_ok=True)
    (ours / "checkout").write_text(str(ROOT))
    for note in SHARED.glob("cagette-*/checkout"):
        home = note.parent
        if home != ours and note.read_text() == str(ROOT) and not is_running(home / "postgres"):
            shutil.rmtree(home, ignore_errors=True)
