# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchlint: turns a kernel patch mail and a kernel tree into the findings that the patch introduces."""

__version__ = "0.1.0"
