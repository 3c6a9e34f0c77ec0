# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings of the base and of the patched tree become introduced, fixed and preexisting ones."""
