# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings become text, JSON and other formats. Pure rendering: same findings, same bytes."""
