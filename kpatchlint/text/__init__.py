# SPDX-License-Identifier: GPL-2.0-or-later
"""What every stage needs and no stage owns: errors a user can act on, and text that is safe to print."""
