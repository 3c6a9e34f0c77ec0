# SPDX-License-Identifier: GPL-2.0-or-later
"""A name becomes what rules/vocabulary says of calls of it, in words."""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from kpatchlint.rules.vocabulary import own_vocabulary


def belief(name: str) -> str:
    """ "; may sleep" and the like, to be put behind the name; "" for a call that the vocabulary does not know."""
    words = _words()
    said = words.get(name) or next((said for prefix, said in _prefixes().items() if name.startswith(prefix)), "")
    return f"; {said} (rules/vocabulary)" if said else ""


@functools.cache
def _words() -> Mapping[str, str]:
    vocabulary = own_vocabulary()
    said: dict[str, str] = {}
    for trusted in vocabulary.trusted:
        said |= {name: f"never sleeps: {trusted.reason}" for name in trusted.calls if not name.endswith("*")}
    for predicate in vocabulary.predicates:
        answer = "false" if predicate.negated else "true"
        said |= dict.fromkeys(predicate.calls, f"{answer} where the context is {predicate.property}")
    for sleeper in vocabulary.sleepers:
        when = {"mask": ", if its mask lets it", "true": ", if its argument is true"}.get(sleeper.when, "")
        said |= dict.fromkeys(sleeper.calls, f"{sleeper.says}{when}")
    for lock in vocabulary.locks:
        kinds = " and ".join(lock.kinds)
        said |= dict.fromkeys(lock.take, f"takes {kinds}{', may sleep' if lock.sleeps else ''}")
        said |= dict.fromkeys(lock.drop, f"drops {kinds}")
    return MappingProxyType(said)


@functools.cache
def _prefixes() -> Mapping[str, str]:
    trusted = own_vocabulary().trusted
    pairs = ((name[:-1], f"never sleeps: {t.reason}") for t in trusted for name in t.calls if name.endswith("*"))
    return MappingProxyType(dict(pairs))
