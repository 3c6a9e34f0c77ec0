# SPDX-License-Identifier: GPL-2.0-or-later
"""Vocabulary files become one vocabulary."""

from types import MappingProxyType

import pytest

from kpatchlint.rules.errors import RuleError
from kpatchlint.rules.folder import RuleFolder
from kpatchlint.rules.vocabulary import own_vocabulary, parse_vocabulary

GFP = """\
[gfp]
bit_prefix = "___GFP_"
sleep_bit = "___GFP_DIRECT_RECLAIM"
type = "gfp_t"
"""

REST = """\
contexts = []
locks = []
sleepers = []
predicates = []

[[holds]]
id = "spinlock"
says = "a spinlock is held"
atomic = true

[[trusted]]
calls = ["printk"]
reason = "never sleeps"
"""


def folder(**files: str) -> RuleFolder:
    texts = {f"vocabulary/{name}.toml": text.encode() for name, text in files.items()}
    return RuleFolder(MappingProxyType(texts), "")


def test_lists_of_several_files_are_joined() -> None:
    more = '[[trusted]]\ncalls = ["kfree"]\nreason = "never sleeps"\n'
    vocabulary = parse_vocabulary(folder(gfp=GFP, rest=REST, trusted=more))
    assert [entry.calls for entry in vocabulary.trusted] == [("printk",), ("kfree",)]
    assert vocabulary.gfp.type == "gfp_t"
    assert vocabulary.holds[0].atomic


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({"a": REST}, "no file says gfp", id="a part is nowhere"),
        pytest.param({"a": GFP, "b": REST, "c": GFP}, r"vocabulary/c\.toml:1: 'gfp' is in another", id="mask twice"),
        pytest.param({"a": GFP, "b": REST.replace("atomic", "atomik")}, "b.toml:9: .*'atomic'", id="misspelt key"),
        pytest.param({"a": GFP, "b": REST.replace("[[holds", "[[hold")}, "b.toml:6: .*'holds'", id="misspelt table"),
    ],
)
def test_fault_is_said_with_its_file_and_line(files: dict[str, str], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        parse_vocabulary(folder(**files))


def test_own_vocabulary_has_no_entry_twice() -> None:
    vocabulary = own_vocabulary()
    for ids in ([c.id for c in vocabulary.contexts], [h.id for h in vocabulary.holds]):
        assert len(set(ids)) == len(ids)
