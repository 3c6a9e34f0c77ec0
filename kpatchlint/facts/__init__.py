# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of one file or function become records. Nothing here knows a path or another file."""
