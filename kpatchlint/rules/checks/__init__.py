# SPDX-License-Identifier: GPL-2.0-or-later
"""The check shapes: one module a shape, each with its typed parameters and one generator of findings."""
