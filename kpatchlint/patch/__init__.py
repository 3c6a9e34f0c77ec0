# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail becomes patches: files, hunks, commentary and notes on damage."""
