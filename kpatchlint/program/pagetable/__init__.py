# SPDX-License-Identifier: GPL-2.0-or-later
"""Page tables: levels, roots, what a path does to an entry and in which order."""
