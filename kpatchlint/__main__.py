# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m kpatchlint`` is the command ``kpatchlint``."""

import sys

from kpatchlint.cli import main

sys.exit(main())
