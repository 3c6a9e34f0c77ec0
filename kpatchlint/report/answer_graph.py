# SPDX-License-Identifier: GPL-2.0-or-later
"""The links of an answer become a graph: DOT for Graphviz, or a drawing of our own as SVG."""

from collections.abc import Mapping
from dataclasses import dataclass

from kpatchlint.ask.records import Answer, Link, Node
from kpatchlint.report.html_text import escaped
from kpatchlint.text.clean import clip, printable

_SHOWN = 60  # characters of a label
_BOX_WIDTH, _BOX_HEIGHT = 260, 42
_ACROSS, _DOWN = 30, 46  # between boxes
_LETTERS = 34  # of 12 pixels that fit into a box


@dataclass(frozen=True, slots=True)
class _Graph:
    """Nodes in the order in which the chains meet them; edges each once, with the first line that makes them."""

    nodes: tuple[Node, ...]
    edges: Mapping[tuple[Node, Node], Link]


def render_dot(answer: Answer) -> str:
    """The graph in Graphviz' language; a doubtful call is dashed."""
    graph = _graph(answer)
    names = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = [f"digraph {_quoted(answer.question)} {{", "  node [shape=box];"]
    for node in graph.nodes:
        bold = ", style=bold" if node in answer.about else ""
        lines.append(f"  {names[node]} [label={_quoted(f'{node.name}()')}, tooltip={_quoted(_where(node))}{bold}];")
    for (caller, callee), link in graph.edges.items():
        dashed = ", style=dashed" if link.doubt else ""
        lines.append(f"  {names[caller]} -> {names[callee]} [label={_quoted(f'line {link.line}')}{dashed}];")
    return "\n".join([*lines, "}"]) + "\n"


def render_svg(answer: Answer) -> str:
    """A drawing in layers, callers above callees, that any browser shows; it refers to nothing outside itself."""
    graph = _graph(answer)
    layers = _layers(graph)
    spots = {
        node: (column * (_BOX_WIDTH + _ACROSS) + _ACROSS, row * (_BOX_HEIGHT + _DOWN) + 20)
        for row, layer in enumerate(layers)
        for column, node in enumerate(layer)
    }
    width = max((len(layer) for layer in layers), default=1) * (_BOX_WIDTH + _ACROSS) + _ACROSS
    height = len(layers) * (_BOX_HEIGHT + _DOWN) + 20
    drawn = [_edge(link, spots[caller], spots[callee]) for (caller, callee), link in graph.edges.items()]
    drawn += [_box(node, spots[node], node in answer.about) for node in graph.nodes]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="monospace" font-size="12" role="img" aria-label="{escaped(answer.says, 200)}">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n' + "".join(drawn) + "</svg>\n"
    )


def _graph(answer: Answer) -> _Graph:
    nodes: dict[Node, None] = dict.fromkeys(answer.about)
    edges: dict[tuple[Node, Node], Link] = {}
    for link in (link for chain in answer.chains for link in chain.links):
        nodes |= dict.fromkeys((link.caller, link.callee))
        edges.setdefault((link.caller, link.callee), link)
    return _Graph(tuple(nodes), edges)


def _layers(graph: _Graph) -> list[list[Node]]:
    """Each node one layer below the lowest of its callers; what calls in a circle stays where it was met first."""
    depth = dict.fromkeys(graph.nodes, 0)
    for _ in range(min(len(graph.nodes), 64)):
        lower = {callee: depth[caller] + 1 for caller, callee in graph.edges if depth[callee] <= depth[caller] < 64}
        lower = {callee: row for callee, row in lower.items() if row < len(graph.nodes)}
        if not lower:
            break
        depth |= lower
    rows: list[list[Node]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node, row in depth.items():
        rows[row].append(node)
    return [row for row in rows if row]


def _box(node: Node, spot: tuple[int, int], is_asked: bool) -> str:
    left, top = spot
    stroke = 'stroke="#b3261e" stroke-width="2"' if is_asked else 'stroke="#59636e"'
    return (
        f"<g><title>{escaped(_where(node), 300)}</title>"
        f'<rect x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="5" fill="#f6f8fa" {stroke}/>'
        f'<text x="{left + 8}" y="{top + 17}" fill="#1c2128">{escaped(f"{node.name}()", _LETTERS)}</text>'
        f'<text x="{left + 8}" y="{top + 33}" fill="#59636e" font-size="10">{escaped(_end(_where(node)))}</text></g>\n'
    )


def _edge(link: Link, start: tuple[int, int], end: tuple[int, int]) -> str:
    left, top = start[0] + _BOX_WIDTH // 2, start[1] + _BOX_HEIGHT
    right, bottom = end[0] + _BOX_WIDTH // 2, end[1]
    dashed = ' stroke-dasharray="5 4"' if link.doubt else ""
    middle = ((left + right) // 2 + 6, (top + bottom) // 2)
    return (
        f'<line x1="{left}" y1="{top}" x2="{right}" y2="{bottom}" stroke="#59636e"{dashed}/>'
        f'<circle cx="{right}" cy="{bottom}" r="3" fill="#59636e"/>'
        f'<text x="{middle[0]}" y="{middle[1]}" fill="#59636e" font-size="10">{link.line}</text>\n'
    )


def _where(node: Node) -> str:
    return f"{node.path}:{node.line}" if node.path else "not defined in the tree"


def _end(text: str) -> str:
    limit = _LETTERS + 6
    return text if len(text) <= limit else "..." + text[len(text) - limit + 3 :]


def _quoted(text: str) -> str:
    """A quoted string of DOT, on one line."""
    clean = clip(printable(text, tab=" "), _SHOWN)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
