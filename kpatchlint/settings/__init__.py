# SPDX-License-Identifier: GPL-2.0-or-later
"""Flags, environment, git config and configuration files become settings, each with the place it comes from."""
