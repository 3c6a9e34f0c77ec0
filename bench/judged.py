# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings beside what a reader of the source made of them: ``python -m bench.judged JUDGED REPORT.json...``.

REPORT.json is what ``kpatchlint scan --format json`` or ``kpatchlint check --format json`` printed. JUDGED is a TOML
file, or a folder of them, with a table ``[[judged]]`` for each fault with ``rule``, ``path``, ``function``, ``verdict``
(real, false, or debatable: the code is as the rule says, and a maintainer may have a reason) and ``why``. Notes need no
verdict.

Prints how many errors and warnings there are of each verdict, those that nobody has judged, and verdicts that nothing
is reported for any more. Exit code 1 when an error is unjudged, or when more than one error in ten is false.
"""

import argparse
import collections
import json
import sys
import tomllib
from pathlib import Path

Key = tuple[str, str, str]  # rule, path, function
_VERDICTS = ("real", "debatable", "false", "unjudged")


def read_verdicts(path: Path) -> dict[Key, str]:
    """rule, path, function -> verdict."""
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    rows = [row for file in files for row in tomllib.loads(file.read_text(encoding="utf-8")).get("judged", [])]
    return {(row["rule"], row["path"], row["function"]): row["verdict"] for row in rows}


def read_findings(paths: list[Path]) -> dict[tuple[str, Key], list[int]]:
    """severity and key -> the lines that it is reported at; no notes, and nothing that a patch only shows."""
    found: dict[tuple[str, Key], list[int]] = {}
    for path in paths:
        for each in json.loads(path.read_text(encoding="utf-8"))["findings"]:
            if each["severity"] != "note" and each["state"] != "fixed":
                key = (each["rule"], each["path"], each["function"])
                found.setdefault((each["severity"], key), []).append(each["line"])
    return found


def main() -> int:
    """Print the table; see the module's text for the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("judged", type=Path)
    parser.add_argument("reports", type=Path, nargs="+")
    options = parser.parse_args()
    verdicts, found = read_verdicts(options.judged), read_findings(options.reports)
    counts = collections.Counter((severity, verdicts.get(key, "unjudged")) for severity, key in found)
    print(f"{'':10}" + "".join(f"{name:>11}" for name in _VERDICTS))
    for severity in ("error", "warning"):
        print(f"{severity:10}" + "".join(f"{counts[severity, name]:>11}" for name in _VERDICTS))
    for (severity, key), lines in sorted(found.items()):
        if key not in verdicts:
            print(f"unjudged {severity}: {key[1]}:{','.join(map(str, lines))} {key[2]} [{key[0]}]")
    for key in sorted(verdicts.keys() - {key for _, key in found}):
        print(f"not reported any more: {key[1]} {key[2]} [{key[0]}]")
    errors = sum(counts["error", name] for name in _VERDICTS)
    return int(counts["error", "unjudged"] > 0 or counts["error", "false"] * 10 > errors)


if __name__ == "__main__":
    sys.exit(main())
