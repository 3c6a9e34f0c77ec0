# SPDX-License-Identifier: GPL-2.0-or-later
"""An index answers the same however it came about, and whatever became of its folder."""

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.facts import index as index_module
from kpatchlint.facts import store as store_module
from kpatchlint.facts.index import Index, SmallIndex, is_source, load_index, open_index
from kpatchlint.facts.words import defined_words, mentioned_words
from kpatchlint.tree.directory import DirectoryTree
from kpatchlint.tree.errors import FileTooLarge

FILES = {
    "mm/a.c": b"int alpha(void)\n{\n\treturn beta();\n}\n",
    "mm/b.c": b"int beta(void)\n{\n\treturn 0;\n}\n#define GAMMA(x) alpha(x)\n",
    "include/linux/c.h": b"int alpha(void);\nstatic inline int delta(void)\n{\n\treturn GAMMA(1);\n}\n",
    "tools/t.c": b"int alpha(void)\n{\n}\n",
    "mm/Kconfig": b"config ALPHA\n",
}
WORDS = ("alpha", "beta", "GAMMA", "delta", "epsilon", "zeta")


@dataclass
class CountedTree:
    """A tree in memory that notes which files were read."""

    files: dict[str, bytes]
    was_read: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        self.was_read.append(path)
        return self.files.get(path)

    def listing(self) -> dict[str, str]:
        return {path: str(hash(content)) for path, content in self.files.items()}


def answers(index: Index) -> dict[str, tuple[list[str], list[str]]]:
    return {word: (list(index.defining(word)), list(index.mentioning(word))) for word in WORDS}


def opened(files: dict[str, bytes], folder: Path) -> tuple[Index, list[str]]:
    tree = CountedTree(files)
    return open_index(tree, tree.listing(), folder), tree.was_read


def expected(files: dict[str, bytes]) -> dict[str, tuple[list[str], list[str]]]:
    return answers(SmallIndex(CountedTree(files), files))


def test_small_index_knows_who_defines_and_who_mentions() -> None:
    found = expected(FILES)
    assert found["alpha"] == (["mm/a.c"], ["include/linux/c.h", "mm/a.c", "mm/b.c"])
    assert found["GAMMA"] == (["mm/b.c"], ["include/linux/c.h", "mm/b.c"])
    assert found["delta"] == (["include/linux/c.h"], ["include/linux/c.h"])
    assert found["zeta"] == ([], [])


def test_disk_index_answers_as_the_small_one(tmp_path: Path) -> None:
    index, _ = opened(FILES, tmp_path)
    assert answers(index) == expected(FILES)


def test_many_files_are_shared_among_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_SHARED_FILES", 10)
    top = tmp_path / "tree"
    for number in range(60):
        path = top / f"mm/f{number}.c"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"int f_%d(void)\n{\n\treturn f_%d();\n}\n" % (number, number + 1))
    tree = DirectoryTree(str(top))
    index = open_index(tree, tree.listing(), tmp_path / "index")
    assert len(list((tmp_path / "index").glob("segment-*"))) > 1
    for number in range(60):
        assert index.defining(f"f_{number}") == [f"mm/f{number}.c"]
    assert index.mentioning("f_7") == ["mm/f6.c", "mm/f7.c"]


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        pytest.param("mm/a.c", True, id="C"),
        pytest.param("arch/arm64/include/asm/a.h", True, id="a header"),
        pytest.param("arch/arm64/kernel/entry.S", False, id="assembler"),
        pytest.param("tools/testing/a.c", False, id="a user-space tool"),
        pytest.param("drivers/tools/a.c", True, id="only the top's tools are out"),
    ],
)
def test_which_files_are_source(path: str, is_read: bool) -> None:
    assert is_source(path) is is_read


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda f: f.update({"mm/a.c": b"int epsilon(void)\n{\n}\n"}), id="a file changes"),
        pytest.param(lambda f: f.update({"mm/z.c": b"int zeta(void)\n{\n\talpha();\n}\n"}), id="a file appears"),
        pytest.param(lambda f: f.pop("mm/b.c"), id="a file goes away"),
        pytest.param(lambda f: f.update({"kernel/a.c": f.pop("mm/a.c")}), id="a file moves"),
        pytest.param(lambda f: f.clear(), id="all files go away"),
    ],
)
def test_an_updated_index_is_as_a_fresh_one(change: Callable[[dict[str, bytes]], None], tmp_path: Path) -> None:
    files = dict(FILES)
    opened(files, tmp_path)
    change(files)
    index, _ = opened(files, tmp_path)
    assert answers(index) == expected(files)


contents = st.sampled_from(
    [b"int alpha(void)\n{\n\tbeta();\n}\n", b"int beta(void)\n{\n}\n", b"#define GAMMA delta(1)\n"]
)
trees = st.dictionaries(st.sampled_from([f"mm/{name}.c" for name in "abcdefgh"]), contents, max_size=8)


@given(st.lists(trees, min_size=1, max_size=6))
def test_any_history_of_a_tree_leads_to_the_right_answers(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("index")
    for files in history:
        index, _ = opened(files, folder)
        assert answers(index) == expected(files)


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    opened(FILES, tmp_path)
    _, was_read = opened({**FILES, "mm/a.c": b"int epsilon(void)\n{\n}\n"}, tmp_path)
    assert was_read == ["mm/a.c"]


def test_going_back_to_a_version_reads_nothing(tmp_path: Path) -> None:
    opened(FILES, tmp_path)
    opened({**FILES, "mm/a.c": b"int epsilon(void)\n{\n}\n"}, tmp_path)
    index, was_read = opened(FILES, tmp_path)
    assert (was_read, answers(index)) == ([], expected(FILES))


def test_a_known_version_is_opened_without_a_listing(tmp_path: Path) -> None:
    tree = CountedTree(FILES)
    assert load_index(tmp_path, "tree 1") is None
    open_index(tree, tree.listing(), tmp_path, "tree 1")
    known = load_index(tmp_path, "tree 1")
    assert known is not None
    assert answers(known) == expected(FILES)
    assert load_index(tmp_path, "tree 2") is None


def damage_nothing_left(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def damage_cut(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(b"")


def damage_junk(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(os.urandom(200))


def damage_segments_gone(folder: Path) -> None:
    for path in folder.glob("segment-*"):
        path.unlink()


def damage_folders_instead(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(damage_nothing_left, id="emptied"),
        pytest.param(damage_cut, id="files cut in half"),
        pytest.param(damage_empty, id="files of no length"),
        pytest.param(damage_junk, id="other bytes"),
        pytest.param(damage_segments_gone, id="segments gone"),
        pytest.param(damage_folders_instead, id="folders in place of files"),
    ],
)
def test_a_damaged_folder_is_built_again(damage: Callable[[Path], None], tmp_path: Path) -> None:
    opened(FILES, tmp_path)
    damage(tmp_path)
    index, was_read = opened(FILES, tmp_path)
    assert answers(index) == expected(FILES)
    assert sorted(was_read) == ["include/linux/c.h", "mm/a.c", "mm/b.c"]


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "deeper"):
        index, was_read = opened(FILES, folder)
        assert answers(index) == expected(FILES)
        assert was_read


def test_a_disk_that_fills_up_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "write_whole", full)
    index, _ = opened(FILES, tmp_path)
    assert answers(index) == expected(FILES)
    assert list(tmp_path.iterdir()) == []


def _build(top: str, folder: str) -> None:
    tree = DirectoryTree(top)
    open_index(tree, tree.listing(), Path(folder))


def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    top, folder = tmp_path / "tree", tmp_path / "index"
    for path, content in FILES.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(content)
    workers = [multiprocessing.Process(target=_build, args=(str(top), str(folder))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    tree = DirectoryTree(str(top))
    assert answers(open_index(tree, tree.listing(), folder)) == expected(FILES)
    assert not list(folder.glob("*.part"))
    assert len(list(folder.glob("segment-*"))) == 1


def test_a_folder_does_not_grow_without_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_GRACE_S", -1)
    files = dict(FILES)
    for number in range(60):
        files["mm/a.c"] = b"int alpha(void)\n{\n\treturn %d;\n}\n" % number
        files[f"mm/f{number}.c"] = b"int f_%d(void)\n{\n}\n" % number
        index, _ = opened(files, tmp_path)
    assert answers(index) == expected(files)
    assert len(list(tmp_path.glob("version-*"))) <= 6
    assert len(list(tmp_path.glob("segment-*"))) <= 60


def test_a_young_segment_of_another_process_is_left_alone(tmp_path: Path) -> None:
    opened(FILES, tmp_path)
    (tmp_path / "segment-of-another").write_bytes(b"being written")
    opened({**FILES, "mm/a.c": b""}, tmp_path)
    assert (tmp_path / "segment-of-another").exists()


class TooLarge(CountedTree):
    """A tree that refuses one of its files."""

    def read(self, path: str) -> bytes | None:
        if path == "mm/b.c":
            raise FileTooLarge(path, 1 << 40, 1 << 26)
        return super().read(path)


def test_a_file_that_is_too_large_is_passed_over(tmp_path: Path) -> None:
    tree = TooLarge(FILES)
    index = open_index(tree, tree.listing(), tmp_path)
    assert index.defining("beta") == []
    assert index.defining("alpha") == ["mm/a.c"]


def test_answers_are_supersets_of_the_words_of_each_file(tmp_path: Path) -> None:
    index, _ = opened(FILES, tmp_path)
    for path in filter(is_source, FILES):
        assert all(path in index.defining(word.decode()) for word in defined_words(FILES[path]))
        assert all(path in index.mentioning(word.decode()) for word in mentioned_words(FILES[path]))
