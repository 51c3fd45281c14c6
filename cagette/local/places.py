"""Where this checkout keeps its servers, their data and their logs."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".local"  # logs, pids, the secret key of local runs

# Servers that run as nobody need a place that nobody may enter, with a socket path under 103 bytes.
KEY = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]


def servers_home() -> Path:
    """The folder of this checkout's servers: beside the state, or for root in /var/lib, which nobody may enter."""
    return Path("/var/lib") / f"cagette-{KEY}" if os.geteuid() == 0 else STATE / "servers"
