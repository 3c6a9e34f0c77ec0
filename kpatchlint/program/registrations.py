# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways in which a function is handed to the kernel, to be called in some context: an argument of a call, a field
of a table or of an object, a macro at file scope."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.places import places_of
from kpatchlint.facts.spans import enclosing_function
from kpatchlint.facts.traverse import assignments_in, local_names
from kpatchlint.program.code import Function, names_called
from kpatchlint.program.evaluate import Env
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.statements import calls_of, expressions_of, statements_of
from kpatchlint.program.types import tag_in
from kpatchlint.program.values import Pointers
from kpatchlint.program.vocabulary import EntryContext, FieldEntry, Given, Lexicon, Registration
from kpatchlint.program.walker import Walker

_ASSIGNED = re.compile(rb"(?:\.|->)(\w+)\s*=(?!=)")
_SHARED = re.compile(rb"^(?!static\b|extern\b|typedef\b)[a-z][\w \t*]*?\b(\w{8,})[ \t]*[(=\[]", re.MULTILINE)
_OBJECT_LONGEST = 1000  # bytes from an object's initialiser to one of its fields
_ENUM_NAME = re.compile(rb"^\s*(\w+)\s*(?:=[^,\n]*)?,", re.MULTILINE)
_MACRO_HEAD = re.compile(rb"\b(\w+)\s*\(([^()]*)\Z")
_ARGUMENT_ENDS = re.compile(rb"\s*[,)]")
_MACRO_LONGEST = 300  # bytes of a macro's arguments at file scope


@dataclass(frozen=True, slots=True)
class Entry:
    """*function* is entered in *context* because *by* hands it over at offset *at* with ``call``."""

    function: Function
    context: EntryContext
    by: Function
    at: int
    call: str

    @property
    def how(self) -> str:
        """How it gets there, to complete "this function ..." (a table's) or "`by()` ...", e.g. "hands it to f()"."""
        if self.by == self.function:
            return f"is {self.call}" if self.call.startswith("struct ") else f"is handed to {self.call}()"
        return f"stores it in {self.call}" if self.call.startswith("struct ") else f"hands it to {self.call}()"


class Registrations:
    """Forward questions over one version of the program: what a function or a file hands over."""

    def __init__(self, walker: Walker, lexicon: Lexicon) -> None:
        self._walker = walker
        self._lexicon = lexicon
        self._orders: dict[str, dict[str, int]] = {}

    def made_by(self, by: Function) -> Iterator[Entry]:
        """What *by* hands to the kernel to be called in some context."""
        text = by.text
        if not self._lexicon.registering_calls.isdisjoint(names_called(text)):
            yield from self._by_calls(by)
        if not self._lexicon.entry_fields.isdisjoint(n.decode() for n in _ASSIGNED.findall(text)):
            yield from self._by_assignments(by)

    def _by_calls(self, by: Function) -> Iterator[Entry]:
        env = Env(by.path, {}, local_names(by.body))
        for call in calls_of(by.body):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in self._lexicon.registering_calls:
                continue
            for number, arg in enumerate(call.args):
                for context, how in self._lexicon.registrations.get((call.callee.id, number), ()):
                    if not self._applies(context.given, call):
                        continue
                    for function in self._handed(arg, how, by, env):
                        yield Entry(function, context, by, call.at, call.callee.id)

    def _handed(self, arg: ir.Expr, how: Registration, by: Function, env: Env) -> Iterator[Function]:
        """The functions that an argument is, or that the object it points to has in ``how.field``."""
        if how.field:
            yield from self._in_object(arg, how.field, by.path)
        else:
            yield from self._pointed_to(arg, env)

    def _pointed_to(self, expr: ir.Expr, env: Env) -> Iterator[Function]:
        value = self._walker.evaluator.value(expr, env)
        if isinstance(value, Pointers):
            for name, near in value.names:
                yield from self._walker.resolver.functions(name, near)

    def _in_object(self, arg: ir.Expr, field: str, path: str) -> Iterator[Function]:
        """``&priv->nb``: what the file stores in ``.field`` of an object called ``nb``."""
        name = _last_name(arg)
        if not name:
            return
        source = self._walker.resolver.sources.read(path) or b""
        place, wanted = re.escape(name.encode()), re.escape(field.encode())
        stored = rb"\b%s(?:\.|->)%s\s*=\s*&?(\w+)\s*;" % (place, wanted)
        built = rb"\b%s(?:\s+__\w+)*\s*=\s*\{[^;]{0,%d}?\.%s\s*=\s*&?(\w+)" % (place, _OBJECT_LONGEST, wanted)
        for found in dict.fromkeys((*re.findall(stored, source), *re.findall(built, source))):
            yield from self._walker.resolver.functions(found.decode(), path)

    def _applies(self, given: Given | None, call: ir.Call) -> bool:
        """Whether the call's other argument is one that the context goes with."""
        if given is None:
            return True
        arg = call.args[given.argument] if given.argument < len(call.args) else None
        order = self._order(given.enum)
        first, past = order.get(given.first), order.get(given.past)
        if not isinstance(arg, ir.Name) or first is None or past is None:
            return False
        return first <= order.get(arg.id, -1) < past

    def _order(self, path: str) -> dict[str, int]:
        """The constants of a header's enums, in their order."""
        if path not in self._orders:
            names = _ENUM_NAME.findall(self._walker.resolver.sources.read(path) or b"")
            self._orders[path] = {name.decode(): number for number, name in enumerate(names)}
        return self._orders[path]

    def _by_assignments(self, by: Function) -> Iterator[Entry]:
        """``timer->function = tick;``, where the struct is known to be one whose field is called in a context."""
        env = Env(by.path, {}, local_names(by.body))
        for struct, field, value, at in self._stores(by):
            found = self._lexicon.field_entries.get((struct, field))
            if found is not None and self._counts(found[1], by.path):
                for function in self._pointed_to(value, env):
                    yield Entry(function, found[0], by, at, f"struct {struct}.{field}")

    def stores_of(self, by: Function, name: str) -> Iterator[EntryContext]:
        """The contexts of the fields that *by* stores its parameter *name* in."""
        if any(field in self._lexicon.entry_fields for field in map(bytes.decode, _ASSIGNED.findall(by.text))):
            for struct, field, value, _ in self._stores(by):
                found = self._lexicon.field_entries.get((struct, field))
                if found and isinstance(value, ir.Name) and value.id == name and self._counts(found[1], by.path):
                    yield found[0]

    def _stores(self, by: Function) -> Iterator[tuple[str, str, ir.Expr, int]]:
        """(struct, field, value, offset) of what is stored: ``x.f = v;``, ``x = (struct s) { .f = v };``."""
        for stmt in statements_of(by.body):
            if isinstance(stmt, ir.Declare) and isinstance(stmt.init, ir.Initialiser):
                yield from _designated(stmt.init, tag_in(stmt.type))
        for expr in expressions_of(by.body):
            for made in assignments_in(expr):
                if not isinstance(made, ir.Assign) or made.op != "=":
                    continue
                if isinstance(made.target, ir.Member) and made.target.field in self._lexicon.entry_fields:
                    struct = self._walker.fields.types.tag_of(made.target.base, by)
                    yield struct, made.target.field, made.value, made.at
                if isinstance(made.value, ir.Initialiser):
                    yield from _designated(made.value, tag_in(made.value.type))

    def _counts(self, entry: FieldEntry, path: str) -> bool:
        """Whether nothing in the driver says that the operation may sleep there."""
        return not any(self._is_said(word, path) for word in entry.unless)

    def _is_said(self, word: str, path: str) -> bool:
        """Whether the file has *word*, or one of its folder does that uses what the file defines: the same driver."""
        sources = self._walker.resolver.sources
        folder = path.rsplit("/", 1)[0]
        here = [p for p in sources.mentioning(word) if p.rsplit("/", 1)[0] == folder]
        if path in here or not here:
            return path in here
        names = _shared_names(sources.read(path) or b"")
        return any(name in (sources.read(p) or b"") for p in here for name in names)

    # -- without a function that does it ---------------------------------------------------------------------------

    def of_tables(self, function: Function, path: str) -> Iterator[Entry]:
        """What the tables of the file *path* say of *function*."""
        for struct, field in self._walker.fields.tables_of(function, path):
            found = self._lexicon.field_entries.get((struct, field))
            if found is not None and self._counts(found[1], path):
                yield Entry(function, found[0], function, 0, f"struct {struct}.{field}")

    def of_file(self, function: Function) -> Iterator[Entry]:
        """What the file of *function* says of it outside functions: tables, objects that are registered, macros."""
        source = self._walker.resolver.sources.read(function.path) or b""
        yield from self.of_tables(function, function.path)
        yield from self._by_macros(function, source)
        if any(self._is_stored(function, field, source) for field in self._lexicon.object_fields):
            for call in sorted(self._lexicon.object_calls):
                for by in functions_naming(function.path, source, call):
                    yield from (e for e in self._by_calls(by) if e.function == function)

    def _is_stored(self, function: Function, field: str, source: bytes) -> bool:
        pattern = rb"(?:\.|->)%s\s*=\s*&?%s\b" % (field.encode(), re.escape(function.name.encode()))
        return re.search(pattern, source) is not None

    def _by_macros(self, function: Function, source: bytes) -> Iterator[Entry]:
        """``static DEFINE_TIMER(poll, poll_all);``, alone or as the value of an initialiser."""
        for suffix in self._lexicon.suffixes:
            name = function.name.removesuffix(suffix).encode()
            for at in places_of(source, name) if function.name.endswith(suffix) else ():
                head = _MACRO_HEAD.search(source, max(0, at - _MACRO_LONGEST), at)
                if not head or not _ARGUMENT_ENDS.match(source, at + len(name)):
                    continue
                call, number = head.group(1).decode(), head.group(2).count(b",")
                found = [c for c, how in self._lexicon.registrations.get((call, number), ()) if how.suffix == suffix]
                if found and enclosing_function(source, at) is None:
                    yield from (Entry(function, context, function, 0, call) for context in found)

    # -- a whole tree ----------------------------------------------------------------------------------------------

    def all_of(self, context: EntryContext) -> Iterator[Entry]:
        """Every entry of a context that some function or table of the tree makes."""
        sources = self._walker.resolver.sources
        words = {r.call for r in context.registrations} | {f.field for f in context.fields}
        seen: set[Function] = set()
        for path in sorted({p for word in words for p in sources.mentioning(word) if p.endswith(".c")}):
            source = sources.read(path) or b""
            for user in (f for word in sorted(words) for f in functions_naming(path, source, word)):
                if user not in seen:
                    seen.add(user)
                    yield from (e for e in self.made_by(user) if e.context.id == context.id)
            for function in self._named_outside(path, source, context):
                if function not in seen:
                    seen.add(function)
                    yield from (e for e in self.of_file(function) if e.context.id == context.id)

    def _named_outside(self, path: str, source: bytes, context: EntryContext) -> Iterator[Function]:
        """Functions that a table or a macro at file scope of one file may hand to *context*."""
        fields = b"|".join(sorted(f.field.encode() for f in context.fields)) or rb"(?!)"
        calls = b"|".join(sorted(r.call.encode() for r in context.registrations)) or rb"(?!)"
        names = re.findall(rb"^[ \t]*\.(?:%s)\s*=\s*&?(\w+)\s*[,\n}]" % fields, source, re.MULTILINE)
        for arguments in re.findall(rb"\b(?:%s)\s*\(([^()]*)\)" % calls, source):
            names += re.findall(rb"\w+", arguments)
        suffixes = {"", *(r.suffix for r in context.registrations)}
        for name in dict.fromkeys(names):
            for suffix in sorted(suffixes):
                yield from self._walker.resolver.in_file(path, name.decode() + suffix)


def _designated(made: ir.Initialiser, struct: str) -> Iterator[tuple[str, str, ir.Expr, int]]:
    return ((struct, field, value, value.at) for field, value in made.fields if struct and field is not None)


def _shared_names(source: bytes) -> list[bytes]:
    """The longer names that a file defines for others: functions and variables in column 0 that are not static."""
    return _SHARED.findall(source)


def _last_name(expr: ir.Expr) -> str:
    """``&priv->nb`` -> ``nb``."""
    match expr:
        case ir.Unary(op="&" | "*") | ir.Cast():
            return _last_name(expr.operand)
        case ir.Member():
            return expr.field
        case ir.Name():
            return expr.id
        case ir.Index():
            return _last_name(expr.base)
        case _:
            return ""
