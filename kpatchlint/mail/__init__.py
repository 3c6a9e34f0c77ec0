# SPDX-License-Identifier: GPL-2.0-or-later
"""Bytes (eml, mbox, maildir, archive text, git) become mails, and mails become series."""
