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
from kpatchlint.program.code import Function, names_called
from kpatchlint.program.flow import Site
from kpatchlint.program.statements import calls_of
from kpatchlint.program.values import Bits, as_bits
from kpatchlint.program.vocabulary import Lexicon
from kpatchlint.program.walker import Walker

_MASK_TYPE = re.compile(r"\bgfp_t\b")
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
        if not name or re.search(_OVERWRITTEN % re.escape(name.encode()), function.inside):
            return False
        return not self._lets_go_first(function) and any(
            self._is_handed_on(function, call, name, depth) for call in calls_of(function.body)
        )

    def _is_handed_on(self, function: Function, call: ir.Call, name: str, depth: int) -> bool:
        at = next((i for i, arg in enumerate(call.args) if name in words_of(show(arg))), None)
        if at is None or isinstance(call.callee, ir.Member):
            return at is not None  # whoever is behind the pointer is given the mask to use it
        called = call.callee.id if isinstance(call.callee, ir.Name) else ""
        sleeper = self._lexicon.sleepers.get(called)
        if sleeper is not None:
            return sleeper.when == "mask" and sleeper.argument == at
        if depth >= _DEEP or self._lexicon.is_trusted(called):
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
            names = names_called(macro.macro.body)
            known = (self._lexicon.sleepers.get(inner) for inner in names)
            if any(sleeper is not None and sleeper.when == "mask" for sleeper in known):
                return True
            for inner in names:
                for callee in self._walker.resolver.functions(inner, near):
                    masks = [p.name for p in callee.body.params if _MASK_TYPE.search(p.type)]
                    if any(self._allocates(callee, mask, 1) for mask in masks):
                        return True
        return False

    def _lets_go_first(self, function: Function) -> bool:
        """Whether the first lock call in the text lets go: the caller's lock may not be held any more."""
        known = (n for n in function.called if n in self._lexicon.takes or n in self._lexicon.drops)
        return next(known, "") in self._lexicon.drops


def _may_be_mask(arg: ir.Expr) -> bool:
    """A name that could be a mask, or several of them."""
    return isinstance(arg, ir.Name | ir.Binary | ir.Cast | ir.Ternary)
