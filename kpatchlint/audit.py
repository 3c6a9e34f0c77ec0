# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree, with or without patches over it, becomes the audit of its page-table readers."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kpatchlint.engine import DEFAULT_ARCH, Request, TreeUsed, find_arch, lay_inputs
from kpatchlint.program.code import Function
from kpatchlint.program.open import Workshop
from kpatchlint.program.pagetable.audit import USUAL_RANGES, Auditor
from kpatchlint.program.pagetable.audit_records import Audit
from kpatchlint.program.pagetable.audit_verdict import Clear
from kpatchlint.program.program import Program
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.text.errors import UsageError
from kpatchlint.tree.base import kernel_version, open_tree
from kpatchlint.tree.records import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to audit: a tree, patches over it (inputs as for a check), and the ranges that tables are taken out of.

    No ranges: those that the patches take tables out of, else where the kernel does so today.
    """

    tree: str | None = None
    rev: str | None = None
    arch: str | None = None
    patches: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The audit, and of what tree. ``clearing`` are the functions of the patches that take tables out."""

    tree: TreeUsed
    audit: Audit
    clearing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Subject:
    """The tree to look at, its program, and the functions that patches change in it."""

    tree: Tree
    arch: str
    program: Program
    changed: tuple[Function, ...] = ()
    notes: tuple[str, ...] = ()


def range_ids() -> tuple[str, ...]:
    """The parts of the address space that can be asked about."""
    return tuple(r.id for r in own_vocabulary().address_ranges)


def audit_readers(request: AuditRequest, *, stdin: BinaryIO) -> AuditReport:
    """Find every walk of the kernel's page tables and judge it.

    Raises:
        KpatchlintError: wrong use, a limit exceeded, or patches that fit nowhere.
    """
    start = time.monotonic()
    subject = _patched(request, stdin) if request.patches else _plain(request)
    auditor = Auditor(subject.program)
    made = auditor.clears_by(subject.changed)
    clears = [c for c in made if c.range in request.ranges] if request.ranges else list(made)
    asked = request.ranges or (() if made else USUAL_RANGES)
    clears += [Clear(name) for name in asked if name not in {c.range for c in clears}]
    return AuditReport(
        tree=TreeUsed(
            kind=subject.tree.kind,
            revision=subject.tree.revision,
            kernel=kernel_version(subject.tree),
            arch=subject.arch,
        ),
        audit=auditor.audit(clears, subject.changed),
        clearing=tuple(sorted({f"{f.name}() in {f.path}" for clear in made for f in clear.by})),
        notes=(*subject.notes, *_unread_assembly(subject)),
        elapsed_s=time.monotonic() - start,
    )


def _unread_assembly(subject: _Subject) -> Iterator[str]:
    """A note on the architecture's assembly that names the kernel's tables: it may walk them, and is not read."""
    roots = (name for known in subject.program.lexicon.table_roots for name in known.kernel)
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, roots))})\b".encode())
    inside = f"arch/{subject.arch}/"
    paths = sorted(p for p in subject.tree.listing() if p.startswith(inside) and p.endswith(".S") and ".lds." not in p)
    found = [path for path in paths if named.search(subject.tree.read(path) or b"")]
    if found:
        yield f"not read, although they name the kernel's tables: {', '.join(found)}"


def _plain(request: AuditRequest) -> _Subject:
    tree = open_tree(request.tree, request.rev)
    arch = request.arch or DEFAULT_ARCH
    if tree.read(f"arch/{arch}/Kconfig") is None:
        raise UsageError(f"this tree has no architecture {arch!r}")
    return _Subject(tree, arch, Workshop(own_vocabulary(), arch).program(tree))


def _patched(request: AuditRequest, stdin: BinaryIO) -> _Subject:
    asked = Request(inputs=request.patches, tree=request.tree, rev=request.rev, arch=request.arch)
    laid = lay_inputs(asked, stdin=stdin)
    arch = request.arch or find_arch(f.path for patch in laid.patches for f in patch.files)
    workshop = Workshop(own_vocabulary(), arch)
    names: set[tuple[str, str]] = set()
    before = laid.base
    for patch in laid.patches:
        scope = workshop.versions(patch, before).scope_after
        names |= {(f.path, f.name) for f in scope.functions}
        before = patch.tree
    program = workshop.program(before)
    changed = tuple(f for path, name in sorted(names) for f in program.resolver.in_file(path, name))
    return _Subject(laid.base, arch, program, changed, laid.notes)
