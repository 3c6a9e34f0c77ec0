# SPDX-License-Identifier: GPL-2.0-or-later
"""Every shape of diff that git writes: read it, write it strictly, and git apply makes git's own tree of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from kpatchlint.mail.read import read_mail_bytes, read_mbox_bytes
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import FilePatch, FileStatus, Patch
from tests.patch.render import render_diff
from tests.tree.repository import Repository

CODE = b"".join(b"int line_%d(void);\n" % number for number in range(40))
BASE: Mapping[str, bytes] = {
    "mm/a.c": CODE,
    "mm/crlf.c": CODE.replace(b"\n", b"\r\n"),
    "mm/no-newline.c": CODE.rstrip(b"\n"),
    "mm/with blank.c": CODE,
    "mm/\u00e9t\u00e9.c": CODE,
    'mm/quote"d.c': CODE,
    "mm/latin.c": CODE + b"/* \xe9 */\n",
    "mm/empty.c": b"",
    "mm/scripts.sh": CODE,
}

SHAPES: dict[str, Mapping[str, bytes | None]] = {
    "one changed line": {"mm/a.c": CODE.replace(b"line_7(", b"line_seven(")},
    "three hunks": {"mm/a.c": CODE.replace(b"_3(", b"_x(").replace(b"_18(", b"_y(").replace(b"_36(", b"_z(")},
    "a new file": {"mm/new.c": CODE},
    "a new empty file": {"mm/new-empty.c": b""},
    "a deleted file": {"mm/a.c": None},
    "a rename without change": {"mm/a.c": None, "mm/renamed.c": CODE},
    "a rename with change": {"mm/a.c": None, "mm/renamed.c": CODE.replace(b"line_7(", b"line_seven(")},
    "a rename without change, then a new file": {"mm/a.c": None, "mm/b.c": CODE, "mm/c.c": b"int new;\n"},
    "two deleted files": {"mm/a.c": None, "mm/scripts.sh": None},
    "a new empty file, then a change": {"mm/new.c": b"", "mm/scripts.sh": CODE.replace(b"_3(", b"_x(")},
    "the last line loses its end": {"mm/a.c": CODE.rstrip(b"\n")},
    "the last line gets its end": {"mm/no-newline.c": CODE},
    "a last line without end changes": {"mm/no-newline.c": CODE.replace(b"_39(", b"_last(").rstrip(b"\n")},
    "a file with CR LF": {"mm/crlf.c": CODE.replace(b"line_7(", b"line_seven(").replace(b"\n", b"\r\n")},
    "CR LF becomes LF": {"mm/crlf.c": CODE},
    "a name with a blank": {"mm/with blank.c": CODE.replace(b"line_7(", b"line_seven(")},
    "a name that is not ASCII": {"mm/\u00e9t\u00e9.c": CODE.replace(b"line_7(", b"line_seven(")},
    "a name with a quote": {'mm/quote"d.c': CODE.replace(b"line_7(", b"line_seven(")},
    "a line that is not UTF-8": {"mm/latin.c": CODE + b"/* \xe9\xe8 */\n"},
    "code that looks like a diff": {"mm/a.c": b"-- a\n++ b\n@ -1 @\n" + CODE.replace(b"int line_3(void);\n", b"")},
    "removed lines that look like names": {"mm/a.c": b"-- a/x\n" + CODE, "mm/scripts.sh": b"- \n" + CODE},
    "an empty file gets lines": {"mm/empty.c": b"\n\n\n"},
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "made", BASE)
    made.git("config", "diff.renames", "copies")
    return made


def read_one(mbox: bytes) -> Patch:
    (mail,) = read_mbox_bytes(mbox, "test")
    (patch,) = extract_patches(mail)
    return patch


def applied_tree(repository: Repository, diff: bytes) -> str:
    """The tree id after git itself applies *diff* to the commit before the last."""
    repository.git("read-tree", "HEAD~1")
    repository.git("apply", "--cached", "--whitespace=nowarn", "--unidiff-zero", "-", stdin=diff)
    return repository.git("write-tree").decode().strip()


@pytest.mark.parametrize("shape", SHAPES)
def test_git_makes_the_same_tree_of_what_was_read_of(shape: str, repository: Repository) -> None:
    repository.commit(SHAPES[shape], shape)
    mbox = repository.git("format-patch", "--stdout", "-1", "-C", "--find-copies-harder")
    patch = read_one(mbox)
    assert (
        applied_tree(repository, render_diff(patch.files))
        == repository.git("rev-parse", "HEAD^{tree}").decode().strip()
    )
    assert patch.subject == shape
    assert set(patch.damage) <= {"not UTF-8, read as latin-1"}


@pytest.mark.parametrize("prefix", ["--no-prefix", "--src-prefix=i/", "--src-prefix=linux.orig/"])
def test_names_are_found_under_any_prefix(prefix: str, repository: Repository) -> None:
    repository.commit(SHAPES["one changed line"])
    options = (
        [prefix] if prefix == "--no-prefix" else [prefix, "--dst-prefix=" + prefix.split("=")[1].replace(".orig", "")]
    )
    diff = repository.git("diff", "HEAD~1", *options)
    ((file,),) = (patch.files for patch in extract_patches(read_mail_bytes(diff, "test")[0]))
    assert (file.old_path, file.new_path) == ("mm/a.c", "mm/a.c")


def shape_of(repository: Repository, *options: str) -> FilePatch:
    mbox = repository.git("format-patch", "--stdout", "-1", *options)
    files = read_one(mbox).files
    return files[0]


def test_copy_names_its_source(repository: Repository) -> None:
    repository.commit({"mm/copy.c": CODE.replace(b"line_7(", b"line_seven(")})
    file = shape_of(repository, "-C", "--find-copies-harder")
    assert file.status is FileStatus.COPIED
    assert file.new_path == "mm/copy.c"
    assert file.similarity is not None
    assert file.similarity > 90


def test_mode_change_alone_is_no_content(repository: Repository) -> None:
    (repository.top / "mm/scripts.sh").chmod(0o755)
    repository.commit({})
    file = shape_of(repository)
    assert (file.status, file.old_mode, file.new_mode, file.hunks) == (FileStatus.MODE, "100644", "100755", ())


def test_binary_patch_is_told_and_never_decoded(repository: Repository) -> None:
    repository.commit({"mm/blob.bin": bytes(range(256)) * 40})
    mbox = repository.git("format-patch", "--stdout", "-1", "--binary")
    patch = read_one(mbox)
    assert patch.files[0].is_binary
    assert patch.files[0].hunks == ()
    assert patch.damage == ("mm/blob.bin: a binary patch, which is never applied",)


def test_symlink_keeps_its_mode_for_the_tree_to_refuse(repository: Repository) -> None:
    (repository.top / "mm/link").symlink_to("/etc/passwd")
    repository.commit({})
    assert shape_of(repository).new_mode == "120000"


def test_combined_diff_of_a_merge_is_told_and_left_out(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "other")
    repository.commit({"mm/a.c": CODE.replace(b"line_7(", b"other(")})
    repository.git("checkout", "-q", "main")
    repository.commit({"mm/a.c": CODE.replace(b"line_7(", b"mine(")})
    repository.git("merge", "-q", "-s", "ours", "other")
    (repository.top / "mm/a.c").write_bytes(CODE.replace(b"line_7(", b"both("))
    repository.git("commit", "-q", "-a", "--amend", "--no-edit")
    (patch,) = extract_patches(read_mail_bytes(repository.git("show", "--cc", "HEAD"), "test")[0])
    (file,) = patch.files
    assert file.is_combined
    assert file.path == "mm/a.c"
    assert patch.damage == ("mm/a.c: a combined diff of a merge applies to no single parent and was left out",)


def test_base_commit_and_prerequisites_are_read(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD").decode().strip()
    repository.commit(SHAPES["a new file"])
    repository.commit(
        SHAPES["one changed line"], 'second\n\nFixes: 0123456789ab ("first")\nLink: https://example.org/1'
    )
    mbox = repository.git("format-patch", "--stdout", "-1", f"--base={base}")
    patch = read_one(mbox)
    assert patch.base_commit == base
    assert len(patch.prerequisites) == 1
    assert patch.fixes == ('0123456789ab ("first")',)
    assert patch.links == ("https://example.org/1",)
