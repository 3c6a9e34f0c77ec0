# SPDX-License-Identifier: GPL-2.0-or-later
"""The formats of a report by name; a format's module is imported when it is asked for."""

import importlib
from collections.abc import Callable, Collection
from types import MappingProxyType
from typing import cast

from kpatchlint.engine import Report
from kpatchlint.findings.records import State
from kpatchlint.text.errors import KpatchlintError

Renderer = Callable[[Report, Collection[State]], str]
FailureRenderer = Callable[[KpatchlintError], str]

TEXT = "text"  # the only one that has to know what it is written to: ``terminal.render_terminal``

# name -> module below kpatchlint.report, and its function
_RENDERERS = MappingProxyType(
    {
        "b4": ("b4", "render_b4"),
        "b4-json": ("b4", "render_b4_json"),
        "github": ("github", "render_github"),
        "gitlab": ("gitlab", "render_gitlab"),
        "html": ("html", "render_html"),
        "json": ("json", "render_json"),
        "mail": ("mail", "render_mail"),
        "rdjson": ("rdjson", "render_rdjson"),
        "sarif": ("sarif", "render_sarif"),
        "terse": ("terse", "render_terse"),
    }
)

# Formats whose reader takes silence for success and stderr for a failure of the tool.
_FAILURES = MappingProxyType({"b4": ("b4", "render_b4_failure"), "b4-json": ("b4", "render_b4_json_failure")})

FORMATS = (TEXT, *_RENDERERS)


def find_renderer(name: str) -> Renderer:
    """The function that renders the format of that name, which is in FORMATS and not TEXT."""
    return cast(Renderer, _load(*_RENDERERS[name]))


def find_failure_renderer(name: str) -> FailureRenderer | None:
    """How a format says on stdout that nothing could be analysed; None: it does not, stderr and the exit code do."""
    return cast(FailureRenderer, _load(*_FAILURES[name])) if name in _FAILURES else None


def _load(module: str, function: str) -> object:
    return getattr(importlib.import_module(f"kpatchlint.report.{module}"), function)
