"""./run: everything on this machine, until Ctrl-C; ./run --once: the main job, then stop."""

import argparse
import sys

from cagette.local import supervisor
from cagette.local.servers import ServersMissing


def main() -> int:
    """Read the command line and run; 0 when all went well."""
    parser = argparse.ArgumentParser(prog="./run", description="Start Cagette on this machine.")
    parser.add_argument("--once", action="store_true", help="do the main job before your eyes, then stop")
    parser.add_argument("--fresh", action="store_true", help="throw this folder's demo database away first")
    parser.add_argument("--port", type=int, default=8000, help="the first port to try (default: 8000)")
    options = parser.parse_args()
    try:
        return supervisor.run(once=options.once, port=options.port, fresh=options.fresh)
    except ServersMissing as missing:
        print(missing, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
