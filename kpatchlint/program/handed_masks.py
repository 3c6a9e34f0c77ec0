# SPDX-License-Identifier: GPL-2.0-or-later
"""A gfp mask that is handed to a function is a promise: whoever lets it reclaim lets the function sleep.

``usb_submit_urb(urb, GFP_KERNEL)`` may allocate in any of a dozen host controllers, or not at all this time; no path
through its pointers and conditions is proven, and the call is wrong under a spinlock all the same. What has to be known
is only that the callee uses its parameter to allocate, and that it does not let the caller's lock go before.
"""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Site
from kpatchlint.program.values import Bits, as_bits
from kpatchlint.program.vocabulary import Lexicon
from kpatchlint.program.walker import Walker

_MASK_TYPE = re.compile(r"\bgfp_t\b")
_CALL = re.compile(rb"(?<![\w.>])([A-Za-z_]\w*)[ \t]*\(")
_THROUGH_POINTER = rb"(?:->|\.)\w+[ \t]*\([^;{}]*\b%s\b"
_OVERWRITTEN = rb"(?<![\w.>])%s[ \t]*(?:=(?!=)|&=(?![ \t]*~[ \t]*\(?__GFP_(?!\w*RECLAIM)))"
_DEEP = 12  # functions that hand the mask on


class HandedMasks:
    """Which functions allocate with a mask that they are given, in one version of the program."""

    def __init__(self, walker: Walker, lexicon: Lexicon) -> None:
        self._walker = walker
        self._lexicon = lexicon
        self._known: dict[tuple[Function, str], bool] = {}

    def at_call(self, function: Function, site: Site) -> Iterator[tuple[Function, ir.Expr, Bits]]:
        """The callees that a call hands a mask which allows direct reclaim, with the argument and its value.

        Only for a mask that is made here: what *function* was given itself is the choice of its callers.
        """
        args = site.call.args
        own = {p.name for p in function.body.params}
        if not any(_may_be_mask(arg) for arg in args):
            return
        for target in self._walker.targets(function, site).functions:
            for param, arg in zip(target.body.params, args, strict=False):
                if not _MASK_TYPE.search(param.type) or not own.isdisjoint(words_of(show(arg))):
                    continue
                bits = as_bits(self._walker.evaluator.value(arg, site.env))
                if bits.bit(self._lexicon.gfp.sleep_bit) == 1 and self._allocates(target, param.name, 0):
                    yield target, arg, bits

    def _allocates(self, function: Function, name: str, depth: int) -> bool:
        """Whether the parameter *name* is what *function* allocates with, or is handed on to be allocated with."""
        key = (function, name)
        if key not in self._known:
            self._known[key] = False  # a function that hands its mask to itself
            self._known[key] = self._uses(function, name, depth)
        return self._known[key]

    def _uses(self, function: Function, name: str, depth: int) -> bool:
        word = re.escape(name.encode())
        body = function.inside
        if not name or re.search(_OVERWRITTEN % word, body) or self._lets_go_first(body):
            return False
        if re.search(_THROUGH_POINTER % word, body):
            return True
        return any(self._is_handed_on(function, called, args, name, depth) for called, args in _calls(body, word))

    def _is_handed_on(self, function: Function, called: str, args: list[bytes], name: str, depth: int) -> bool:
        at = next((i for i, arg in enumerate(args) if name in words_of(arg.decode(errors="replace"))), None)
        sleeper = self._lexicon.sleepers.get(called)
        if sleeper is not None:
            return sleeper.when == "mask" and sleeper.argument == at
        if at is None or depth >= _DEEP or self._lexicon.is_trusted(called):
            return False
        callees = self._walker.resolver.functions(called, function.path)
        if not callees:
            return self._macro_allocates(called, function.path)
        return any(
            at < len(callee.body.params)
            and _MASK_TYPE.search(callee.body.params[at].type) is not None
            and self._allocates(callee, callee.body.params[at].name, depth + 1)
            for callee in callees
        )

    def _macro_allocates(self, called: str, near: str) -> bool:
        """``kmalloc()`` is ``alloc_hooks(kmalloc_noprof())``: a macro that leads to an allocator is one."""
        for macro in self._walker.resolver.macros(called, near):
            if any(
                (sleeper := self._lexicon.sleepers.get(inner.decode())) is not None and sleeper.when == "mask"
                for inner in _CALL.findall(macro.macro.body)
            ):
                return True
            for inner in _CALL.findall(macro.macro.body):
                for callee in self._walker.resolver.functions(inner.decode(), near):
                    masks = [p.name for p in callee.body.params if _MASK_TYPE.search(p.type)]
                    if any(self._allocates(callee, mask, 1) for mask in masks):
                        return True
        return False

    def _lets_go_first(self, body: bytes) -> bool:
        """Whether the first lock call in the text lets go: the caller's lock may not be held any more."""
        for match in _CALL.finditer(body):
            called = match.group(1).decode()
            if called in self._lexicon.takes:
                return False
            if called in self._lexicon.drops:
                return True
        return False


def _may_be_mask(arg: ir.Expr) -> bool:
    """A name that could be a mask, or several of them."""
    return isinstance(arg, ir.Name | ir.Binary | ir.Cast | ir.Ternary)


def _calls(body: bytes, word: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Calls by name that have *word* somewhere in their arguments, with the arguments' text."""
    for match in _CALL.finditer(body):
        args = _arguments(body, match.end())
        if any(re.search(rb"\b%s\b" % word, arg) for arg in args):
            yield match.group(1).decode(), args


def _arguments(body: bytes, at: int) -> list[bytes]:
    """The arguments behind an opening parenthesis, split at the commas of the first level."""
    depth, begin = 1, at
    found: list[bytes] = []
    for index in range(at, len(body)):
        char = body[index : index + 1]
        if char in b"([":
            depth += 1
        elif char in b")]":
            depth -= 1
            if not depth:
                return [*found, body[begin:index]]
        elif char == b"," and depth == 1:
            found.append(body[begin:index])
            begin = index + 1
        elif char in b"{;":
            break
    return []
