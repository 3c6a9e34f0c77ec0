# SPDX-License-Identifier: GPL-2.0-or-later
"""A base (directory or git revision) and a patch become a read-only patched tree."""
