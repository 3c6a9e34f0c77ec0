# SPDX-License-Identifier: GPL-2.0-or-later
"""What is thrown away after boot (or left out of a built-in), code and data, and who still refers to it.

Source level, so it also sees what modpost cannot: a callee that the compiler happens to inline.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kpatchlint.program.callers import Callers
from kpatchlint.program.code import Function
from kpatchlint.program.data import Data, Variable
from kpatchlint.program.references import Reference, References, is_put_in_place
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.walker import Walker

_SECTION = re.compile(rb"\b__(init|exit)(?:data|const)?\b")
_EXCUSED = re.compile(
    rb"\b(?:__ref|__refdata|__refconst|__init_or_module|__init_memblock|__head|__net_init|__net_exit|__meminit"
    rb"|__cpuinit|__init_or_\w+)\b"
)
_ELSEWHERE = re.compile(
    rb"\b__\w*init(?:data|const|mv)?\w*\b|\b__ref\w*|\b__section\b|\bsection\b|\b__bootdata\w*|\b__exit_call\b"
)
_LIVES = re.compile(rb"\b__(?:ro_after_init|lsm_ro_after_init)\b")
_SET_UP_ONCE = re.compile(r"(?:_ops|_probe|_console)$|^__param")  # scripts/mod/modpost.c secref_whitelist()
_HEADER = re.compile(rb"^extern\b[^;{}()]*\b__init(?:data|const)\b[^;{}()]*;", re.MULTILINE)
_DECLARED = rb"^(?:extern\b)?[^\n;{}()=#]*\b__(init|exit)\b[^;{}()=]*\b%s\s*\([^;{}]*\)[^;{}]*;"
_ALL_INIT = b"--prefix-alloc-sections=.init"
_INCLUDED = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*<([^>\n]+)>", re.MULTILINE)
_DEEP = 6  # callers that are asked whether they live on
_INLINE_DEEP = 3  # inline functions of headers that are followed to those that use them
_FILES = 60  # that mention a name; one with more is not followed


_WHY = {  # (section of what is used, section of its user)
    ("init", ""): "is freed after boot, while its user lives on",
    ("init", "exit"): "is freed long before __exit code runs",
    ("exit", "init"): "is left out when the code is built in, while its user runs at boot",
    ("exit", ""): "is left out when the code is built in, while its user stays",
}

Thing = Function | Variable


def section(thing: Thing) -> str:
    """ "init", "exit", or "" for what lives on."""
    match = _SECTION.search(thing.head)
    return match.group(1).decode() if match else ""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """*user* (which lives on, or is in another section) refers to *target* at offset *at*.

    ``kind``: "use" (by a function), "table" (a variable that lives on holds its address), "export", or "helper" (the
    function only runs at boot, but is not marked). ``through`` is the macro or inline function that brings it in.
    """

    kind: str
    user: Thing
    target: Thing
    at: int
    why: str
    through: str = ""


class Sections:
    """Section questions over one version of the program."""

    def __init__(self, walker: Walker, callers: Callers) -> None:
        self._walker = walker
        self._resolver = walker.resolver
        self._callers = callers
        self._tables = Data(walker.resolver)
        self._references = References(walker.resolver)
        self._lives: dict[Function, bool] = {}
        self._marked: dict[str, dict[str, Variable]] = {}
        self._declared: dict[Function, str] = {}
        self._folders: dict[str, str] = {}
        self._included: dict[str, tuple[str, ...]] = {}

    def section_of(self, thing: Thing) -> str:
        """``section()``, by a declaration in a header, too: ``int __init set_up(void);`` marks the function."""
        found = section(thing) or self._section_of_folder(thing.path)
        if found or thing.is_static or not isinstance(thing, Function):
            return found
        if thing not in self._declared:
            self._declared[thing] = self._declared_section(thing)
        return self._declared[thing]

    def _section_of_folder(self, path: str) -> str:
        """ "init" where a Makefile moves all that it builds there, as arch/arm64/kernel/pi/Makefile does."""
        folder = path.rpartition("/")[0]
        if folder not in self._folders:
            makefile = self._resolver.sources.read(f"{folder}/Makefile") or b""
            self._folders[folder] = "init" if _ALL_INIT in makefile and not path.endswith(".h") else ""
        return self._folders[folder]

    def _declared_section(self, function: Function) -> str:
        pattern = _DECLARED % re.escape(function.name.encode())
        paths = [path for path in self._resolver.sources.mentioning(function.name) if path.endswith(".h")]
        for path in paths[:_FILES]:
            match = re.search(pattern, self._resolver.sources.read(path) or b"", re.MULTILINE)
            if match:
                return match.group(1).decode()
        return ""

    def lives_on(self, function: Function, depth: int = 0) -> bool:
        """Whether the function can run after boot: not marked, and not a helper that only marked ones call."""
        if self.section_of(function) or _EXCUSED.search(function.head):
            return False
        if function not in self._lives:
            self._lives[function] = True  # a cycle of callers lives on its own
            self._lives[function] = self._has_living_user(function, depth)
        return self._lives[function]

    def _has_living_user(self, function: Function, depth: int) -> bool:
        """A static function whose users are all thrown away goes with them; anything else may be called later."""
        if not function.is_static or depth >= _DEEP:
            return True
        users = self._callers.users(function)
        if not users:
            return True
        return any(self.lives_on(user, depth + 1) for user in users) or self._is_in_table(function)

    def _is_in_table(self, function: Function) -> bool:
        """Whether the function's address stands outside functions: a table that lives on may lead to it."""
        source = self._resolver.sources.read(function.path) or b""
        name = re.escape(function.name.encode())
        return re.search(rb"^[ \t]+\.\w+[ \t]*=[ \t]*&?" + name + rb"\b", source, re.MULTILINE) is not None

    # -- of a function ---------------------------------------------------------------------------------------------

    def mismatches(self, function: Function) -> Iterator[Mismatch]:
        """What *function* refers to and should not, and who refers to it and should not."""
        if section(function) or is_put_in_place(function):
            for user in self._users(function, _INLINE_DEEP):
                yield from self._in_function(user, None if is_put_in_place(function) else function)
        if section(function):
            yield from self._in_tables(function)
            yield from self._exported(function)
        if not is_put_in_place(function):
            yield from self._in_function(function, None)

    def _users(self, function: Function, depth: int) -> Iterator[Function]:
        """Who names the function; for an inline function of a header, those where it is put in place."""
        for user in self._callers.users(function):
            if not is_put_in_place(user):
                yield user
            elif depth:
                yield from self._users(user, depth - 1)

    def _in_function(self, user: Function, only: Thing | None) -> Iterator[Mismatch]:
        """What a function refers to that it should not, or only whether it refers to *only*."""
        if _EXCUSED.search(user.head):
            return
        for reference in self._references.of(user):
            if only is not None and reference.name != only.name:
                continue
            for target in self._targets(reference, user):
                if only is None or target == only:
                    yield from self._judge(user, target, reference)

    def _targets(self, reference: Reference, user: Function) -> Iterator[Thing]:
        """What is thrown away and *reference* means for certain."""
        name = reference.name
        variable = self.marked(user.path).get(name) or self._declared_marked(user.path, name)
        if variable is not None:
            yield variable
        elif reference.is_call or not name.isupper():
            targets = self._resolver.functions(name, user.path)
            if targets and all(section(t) for t in targets):
                yield targets[0]

    def _judge(self, user: Function, target: Thing, reference: Reference) -> Iterator[Mismatch]:
        theirs, ours = section(target), self.section_of(user)
        if theirs == ours:
            return
        kind = "use" if ours or self.lives_on(user) else "helper"
        if kind == "helper" and b"inline" in user.head:
            return
        why = _WHY[theirs, ours]
        if kind == "helper":
            why = "is thrown away, while the helper is not marked so"
        yield Mismatch(kind, user, target, reference.at, why, reference.through)

    # -- of data ---------------------------------------------------------------------------------------------------

    def marked(self, path: str) -> dict[str, Variable]:
        """The variables of a file that are thrown away, by name."""
        if path not in self._marked:
            source = self._resolver.sources.read(path) or b""
            found = self._tables.variables(path) if _SECTION.search(source) else ()
            self._marked[path] = {v.name: v for v in found if section(v)}
        return self._marked[path]

    def _declared_marked(self, path: str, name: str) -> Variable | None:
        """A variable of another file that a header which *path* includes declares as thrown away."""
        if name.isupper() or path.endswith(".h"):
            return None
        if path not in self._included:  # asked for each name that the file refers to
            headers = _INCLUDED.findall(self._resolver.sources.read(path) or b"")
            self._included[path] = tuple(f"include/{header.decode(errors='replace')}" for header in headers)
        for header in self._included[path]:
            found = self._declarations(header).get(name)
            if found is not None:
                return found
        return None

    def _declarations(self, header: str) -> dict[str, Variable]:
        if header not in self._marked:
            source = self._resolver.sources.read(header) or b""
            found = self._tables.variables(header) if _HEADER.search(source) else ()
            self._marked[header] = {v.name: v for v in found if section(v)}
        return self._marked[header]

    def variable_mismatches(self, variable: Variable) -> Iterator[Mismatch]:
        """Who refers to a variable that is thrown away, and should not."""
        for path in self._paths(variable):
            source = self._resolver.sources.read(path) or b""
            for user in functions_naming(path, source, variable.name):
                yield from self._in_function(user, variable)
        yield from self._in_tables(variable)

    def table_mismatches(self, path: str, lines: Iterable[int]) -> Iterator[Mismatch]:
        """What is thrown away and variables of a file refer to, where any of their *lines* is in question."""
        wanted = frozenset(lines)
        for target in self.marked(path).values():
            for found in self._in_tables(target):
                first = found.user.line
                if wanted & set(range(first, found.user.line_at(found.at) + 1)):
                    yield found

    def changed_variables(self, path: str, lines: Iterable[int]) -> Iterator[Variable]:
        """The variables of a file that are thrown away and whose declaration touches any of *lines*."""
        wanted = frozenset(lines)
        for variable in self.marked(path).values():
            if wanted & set(range(variable.line, variable.line_at(len(variable.head)) + 1)):
                yield variable

    def _paths(self, thing: Thing) -> Iterable[str]:
        if thing.is_static:
            return (thing.path,)
        paths = self._resolver.sources.mentioning(thing.name)
        return paths if len(paths) <= _FILES else (thing.path,)

    def _in_tables(self, target: Thing) -> Iterator[Mismatch]:
        """Variables that live on and hold the target's address."""
        for path in self._paths(target):
            for holder in self._tables.holders(target.name, path):
                head = _LIVES.sub(b" ", holder.variable.head)
                if _ELSEWHERE.search(head) or section(holder.variable) or self._is_set_up_once(holder.variable, target):
                    continue
                if b"const" in head and not self._stays_in_use(holder.variable):
                    continue  # modpost does not look at constants, and boot code may be all that reads this one
                freed = section(target) == "init"
                why = "is freed after boot" if freed else "is left out when the code is built in"
                yield Mismatch("table", holder.variable, target, holder.at, f"{why}, while the table stays")

    def _stays_in_use(self, variable: Variable, depth: int = 0) -> bool:
        """Whether code or data that lives on may refer to a variable."""
        if not variable.is_static or depth > _DEEP:
            return True
        source = self._resolver.sources.read(variable.path) or b""
        users = list(functions_naming(variable.path, source, variable.name))
        holders = [h.variable for h in self._tables.holders(variable.name, variable.path)]
        if not users and not holders:
            return True
        return any(self.lives_on(user) for user in users) or any(
            not section(v) and self._stays_in_use(v, depth + 1) for v in holders if v.name != variable.name
        )

    def _is_set_up_once(self, variable: Variable, target: Thing) -> bool:
        return isinstance(target, Function) and _SET_UP_ONCE.search(variable.name) is not None

    def _exported(self, function: Function) -> Iterator[Mismatch]:
        source = self._resolver.sources.read(function.path) or b""
        exported = re.search(
            rb"^EXPORT_\w*SYMBOL\w*\(\s*" + re.escape(function.name.encode()) + rb"\s*[,)]", source, re.M
        )
        if exported:
            at = exported.start() - function.span.start
            yield Mismatch("export", function, function, at, "is thrown away, while modules may call it at any time")
