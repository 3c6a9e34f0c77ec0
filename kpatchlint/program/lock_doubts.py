# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a lock mistake that the paths of a function show may be none: what the walk cannot see of the lock.

Asked only of what has been found, so it may look further than the walk: into callees of callees, by their text.
"""

import re
from collections.abc import Callable, Iterator

from kpatchlint.program.balance import Imbalance, Survey
from kpatchlint.program.code import Function, names_called
from kpatchlint.program.effects import counts, lock_words
from kpatchlint.program.named_locks import KIND as NAMED
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.vocabulary import Lexicon

_WORD = re.compile(r"[A-Za-z_]\w*")
_LOOK_BACK = 400  # bytes from a statement to the condition before it
_DEEP = 3  # callees within callees
_MOST = 200  # functions looked at


def doubts_of(survey: Survey, found: Imbalance, resolver: Resolver, lexicon: Lexicon) -> Iterator[str]:
    """The reasons, each as a sentence's end."""
    function, words = survey.function, _WORD.findall(found.lock)
    if lexicon.holds[found.hold_kind].counts:
        yield "a semaphore may count things, which somebody else gives back"
    if survey.is_blurred:
        yield "the function has more paths than are kept apart"
    if not words and survey.hooks.unclear:
        yield "a callee may change the state of the CPU, or not"
    if not words and changes_state_below(function, found.hold_kind, resolver, lexicon):
        yield "a function below it changes the state of the CPU on some of its paths"
    if not words and _has_twins(function, resolver, lexicon):
        yield "a macro changes the state of the CPU in some configurations only"
    if words and _changes(function, words[0]):
        yield f"`{words[0]}` is set anew in the function, and so which lock it is"
    if found.hold_kind != NAMED and _has_wrappers(survey, found):
        yield "a wrapper takes or lets go of locks of this kind, and which ones is not known for sure"
    if _is_behind_warning(function, found.at):
        yield "a condition that is only ever warned about leads there"
    if words and re.search(rb"\b%s\b" % words[0].encode(), function.text) is None:
        yield f"`{words[0]}` is a name of a callee, and which lock it is here is not known"
    if len(words) == 1 and _is_handed_on(function, words[0]):
        yield f"`{words[0]}` is kept elsewhere, too, where others may let it go"
    if words:
        callee = _who_else(function, words[-1], resolver, lexicon)
        if callee:
            yield f"`{callee}()`, which it leads to, takes or lets go of a lock of that name on some of its paths"


def _has_twins(function: Function, resolver: Resolver, lexicon: Lexicon) -> bool:
    """Whether the function uses a macro of which one definition has lock calls and another has none."""
    for name in set(names_called(function.text)):
        bodies = [macro.macro.body for macro in resolver.macros(name, function.path)]
        known = {any(n in lexicon.takes or n in lexicon.drops for n in names_called(b)) for b in bodies}
        if len(known) > 1:
            return True
    return False


def _changes(function: Function, name: str) -> bool:
    """Whether a variable is assigned more than once, or at all when it is a parameter or what a loop goes over."""
    word = re.escape(name.encode())
    count = len(re.findall(rb"(?<![\w.>])%s\s*=(?!=)" % word, function.text))
    is_given = any(p.name == name for p in function.body.params)
    loops = re.search(rb"\b\w*for_each\w*\s*\([^;{}]*\b%s\b\s*," % word, function.text)
    return count > (0 if is_given else 1) or loops is not None


def _has_wrappers(survey: Survey, found: Imbalance) -> bool:
    """Whether anything but a call of the kernel's own lock functions touches locks of the kind."""
    direct = survey.hooks.takers.keys() | survey.hooks.droppers
    return any(
        at not in direct for (kind, _), sites in survey.hooks.sites.items() if kind == found.hold_kind for at in sites
    )


def _is_behind_warning(function: Function, at: int) -> bool:
    """Whether the statement at *at* is the branch of a test that warns: it is not meant to be reached."""
    before = function.text[max(0, at - _LOOK_BACK) : at]
    statement = max(before.rfind(b";"), before.rfind(b"}"), before.rfind(b"{"))
    return re.search(rb"\b(?:WARN|BUG)\w*\s*\(", before[statement + 1 :]) is not None


def _is_handed_on(function: Function, name: str) -> bool:
    """Whether a pointer to a lock is stored in a structure, or filled in by a callee."""
    word = re.escape(name.encode())
    return (
        re.search(rb"(?:(?:->|\.)\w+|\*\w+)\s*=\s*%s\s*;|&\s*%s\b(?!\s*(?:->|\.|\[))" % (word, word), function.text)
        is not None
    )


def changes_state_below(function: Function, kind: str, resolver: Resolver, lexicon: Lexicon) -> bool:
    """Whether a callee, up to some depth, takes and drops holds of the kind unequally often in its text."""

    def is_followed(callee: str) -> bool:  # by the walk itself
        return callee in lexicon.takes or callee in lexicon.drops or lexicon.is_trusted(callee)

    for callee in _below(function, resolver, is_followed):
        takes, drops = counts(callee, lexicon, kind)
        if takes != drops:
            return True
    return False


def _who_else(function: Function, lock: str, resolver: Resolver, lexicon: Lexicon) -> str:
    """A callee, up to some depth, that takes and lets go of a lock of that name unequally often in its text."""
    for callee in _below(function, resolver, lambda _: False):
        takes, drops = counts(callee, lexicon)
        if takes != drops and lock in lock_words(callee, lexicon):
            return callee.name
    return ""


def _below(function: Function, resolver: Resolver, is_left_out: Callable[[str], bool]) -> Iterator[Function]:
    """What the function calls by name, and what that calls, up to some depth and number; nearest first."""
    seen: set[Function] = {function}
    level = [function]
    for _ in range(_DEEP):
        following: list[Function] = []
        for caller in level:
            for name in sorted(set(caller.called)):
                if is_left_out(name):
                    continue
                callee = next(iter(resolver.functions(name, caller.path)), None)
                if callee is not None and callee not in seen and len(seen) <= _MOST:
                    seen.add(callee)
                    following.append(callee)
                    yield callee
        level = following
