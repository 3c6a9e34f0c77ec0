# SPDX-License-Identifier: GPL-2.0-or-later
"""Tools for people who work on kpatchlint in a checkout; nothing here runs in a check."""
