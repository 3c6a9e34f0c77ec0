# SPDX-License-Identifier: GPL-2.0-or-later
"""The outside world: git hooks, b4, forges. Each calls the engine and renders its report."""
