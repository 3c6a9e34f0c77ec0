# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree becomes what the rules are worth on it: each rule's own faults are planted there, and have to be found."""
