# SPDX-License-Identifier: GPL-2.0-or-later
"""HTML for a body becomes one file that needs nothing else: nothing in it is fetched, nothing foreign in it runs."""

import base64
import hashlib
import importlib.resources

from kpatchlint.report.html_text import escaped


def render_page(title: str, body: str) -> str:
    """The whole file; *title* is foreign text, *body* HTML of ours in which what is foreign has been escaped."""
    style, script = _asset("report.css"), _asset("report.js")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<title>{escaped(title, 120)}</title>\n<link rel="icon" href="data:,">\n'
        f"<style>{style}</style>\n</head>\n<body>\n{body}<script>{script}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    """A style sheet or script of ours, which ships with the package."""
    return importlib.resources.files("kpatchlint.report").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Only our own style and script, named by their digests: whatever else gets into the page is dead text."""
    parts = ["default-src 'none'", f"style-src {_digest(style)}", f"script-src {_digest(script)}", "img-src data:"]
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
