# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule files (data) and a program become findings, through a few typed check shapes."""
