"""./bench: the benchmarks on real servers."""

import os
import subprocess
import sys

from cagette.local import servers
from cagette.local.places import ROOT
from cagette.local.testing import settings


def main(arguments: list[str]) -> int:
    """Run the benchmarks on a database of their own; their exit code."""
    with servers.running() as urls:
        environ = {**os.environ, **settings(), **urls}
        return subprocess.run(
            [sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, env=environ, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
