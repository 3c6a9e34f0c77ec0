# SPDX-License-Identifier: GPL-2.0-or-later
"""Foreign text becomes HTML that shows it and does nothing else; tables and code for the pages made of it."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.text.clean import clip, printable

TEXT_SHOWN = 2000
CODE_SHOWN = 400

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of an audit or a list, with a heading and a sentence on what they are. Every cell is foreign text."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def escaped(text: str, limit: int = TEXT_SHOWN) -> str:
    """Text for an element or a quoted attribute."""
    return html.escape(clip(printable(text, tab=" "), limit), quote=True)


def prose(text: str) -> str:
    """Text for an element; what stands in backquotes is code."""
    return _CODE.sub(r"<code>\1</code>", escaped(text))


def render_code(excerpt: Excerpt, hit: int, added: frozenset[int]) -> str:
    """Source lines with their numbers; the line *hit* is marked, and with a plus sign those that the patch adds."""
    rows = []
    for number, line in enumerate(excerpt.lines, start=excerpt.first):
        classes = ["row", *(["hit"] if number == hit else []), *(["added"] if number in added else [])]
        mark = "+" if number in added else " "
        code = html.escape(clip(printable(line), CODE_SHOWN), quote=True)
        rows.append(f'<span class="{" ".join(classes)}"><span class="number">{mark}{number}</span>{code}</span>')
    return f"<pre><code>{''.join(rows)}</code></pre>"


def render_quote(line: int, code: str) -> str:
    """One line of code by itself, nothing where there is none."""
    return render_code(Excerpt(line, (" ".join(code.split()),)), 0, frozenset()) if code.strip() else ""


def render_table(table: Table) -> str:
    """A section with one table, which scrolls by itself where the page is too narrow for it."""
    body = "".join(f"<tr>{''.join(f'<td>{prose(cell)}</td>' for cell in row)}</tr>\n" for row in table.rows)
    head = f'<h2>{escaped(table.title)}</h2>\n<p class="faint">{prose(table.about)}</p>\n'
    return f"<section>\n{head}{_table(table.columns, body)}</section>\n"


def _table(columns: Iterable[str], body: str) -> str:
    head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in columns)
    return f'<div class="table"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n'


def render_rows(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table whose cells are HTML already."""
    return _table(columns, "".join(f"<tr>{''.join(cells)}</tr>\n" for cells in rows))


def render_list(items: Sequence[str]) -> str:
    """A list of sentences; nothing when there is none."""
    return f"<ul>{''.join(f'<li>{prose(item)}</li>' for item in items)}</ul>" if items else ""
