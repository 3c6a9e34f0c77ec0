# SPDX-License-Identifier: GPL-2.0-or-later
"""What the model believes about a function, and why: callers, callees, contexts, sleeps, and a path between two."""
