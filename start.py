#!/usr/bin/env python3
"""Starts Cardume on a machine that has nothing but Python: `python3 start.py --help`.

This file is kept in the words of every Python there is, so that an old one can say what is missing.
"""

import os
import sys

NEEDED = (3, 11)

if sys.version_info[:2] < NEEDED:
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    this = ".".join(str(part) for part in sys.version_info[:3]) + " (" + sys.executable + ")"
    if locale.lower().startswith("pt"):
        sys.exit("Cardume precisa de Python 3.11 ou mais novo; neste computador: " + this)
    sys.exit("Cardume needs Python 3.11 or newer, this is " + this)

from saas.bootstrap.command import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
