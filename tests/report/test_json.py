# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON contract, key by key."""

import json

from kpatchlint.findings.records import State
from kpatchlint.report.json import render_json
from tests.report.golden import check_golden
from tests.report.sample import EVERY_STATE, HOSTILE


def test_every_state_reads_as_accepted() -> None:
    check_golden("every-state.json", render_json(EVERY_STATE, tuple(State)))


def test_keys_are_those_of_the_contract_in_its_order() -> None:
    whole = json.loads(render_json(EVERY_STATE, tuple(State)))
    assert list(whole) == [
        "schema",
        "tool",
        "tree",
        "patches",
        "findings",
        "suppressed",
        "stale_suppressions",
        "elapsed_s",
    ]
    assert list(whole["tool"]) == ["name", "version", "rules"]
    assert list(whole["tree"]) == ["kind", "revision", "kernel", "arch"]
    patch_keys = "subject message_id number total placement damage files"
    assert [list(patch) for patch in whole["patches"]] == [patch_keys.split()] * 2
    file_keys = "path status old_blob new_blob"
    assert [list(file) for patch in whole["patches"] for file in patch["files"]] == [file_keys.split()] * 2
    finding_keys = (
        "rule class severity confidence state patch gone_in path line function message suggestion chain conditions "
        "fingerprint"
    )
    assert [list(finding) for finding in whole["findings"]] == [finding_keys.split()] * 4
    assert list(whole["findings"][0]["chain"][0]) == ["path", "line", "function", "code", "why"]


def test_only_the_asked_states_are_there() -> None:
    whole = json.loads(render_json(EVERY_STATE, (State.INTRODUCED,)))
    assert {finding["state"] for finding in whole["findings"]} == {"introduced"}


def test_copied_file_is_an_added_one() -> None:
    whole = json.loads(render_json(EVERY_STATE, ()))
    assert whole["patches"][1]["files"][0]["status"] == "added"


def test_hostile_text_is_ascii_without_controls_and_parses() -> None:
    text = render_json(HOSTILE, tuple(State))
    assert text.isascii()
    assert all(c.isprintable() or c == "\n" for c in text)
    said = json.loads(text)["findings"][0]["message"]
    assert said.startswith("\\x1b]0;owned\\x07\\u202eevil")
    said.encode("utf-8")


def test_same_report_gives_the_same_bytes() -> None:
    assert render_json(EVERY_STATE, tuple(State)) == render_json(EVERY_STATE, tuple(State))
