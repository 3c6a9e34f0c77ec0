#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the programs of other projects that the tests run against; what is there stays. Needs root and apt-get to
# install anything. Without them it says what is missing and ends well: those tests then say that they did not run.
set -eu

missing=
[ -x "$(git --exec-path)/git-send-email" ] || missing="$missing git-email"
perl -MMail::Address -e1 2>/dev/null || missing="$missing libmailtools-perl" # git send-email stops without it
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
command -v curl >/dev/null || missing="$missing curl"
command -v mandoc >/dev/null || missing="$missing mandoc"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "packages: not root, or no apt-get; the tests that need$missing will not run" >&2
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of package names
if ! apt-get install -q -y --no-install-recommends $missing >/dev/null 2>&1; then
	apt-get update -q >/dev/null 2>&1 || true # the lists may be old, or none
	apt-get install -q -y --no-install-recommends $missing >/dev/null ||
		echo "packages: cannot install$missing; the tests that need them will not run" >&2
fi
