#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Bring Debian's kernel sources for the real-tree tests and print their folders. Needs no root; what is there stays.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kpatchlint/kernels
mkdir -p "$cache"

fail() {
	echo "kernels: $1" >&2
	exit 1
}

# Download into a folder of its own beside the target, so that the last step is one rename on one file system
# and an interrupted run leaves nothing that looks like a tree.
unpack() {
	package=$1
	target=$2
	work=$(mktemp -d "$cache/.$package.XXXXXX")
	trap 'rm -rf "$work"' EXIT INT TERM
	if ! (cd "$work" && apt-get -o APT::Sandbox::User=root -q download "$package" >&2); then
		fail "apt-get cannot download $package; run 'apt-get update' as root first (it is in Debian 12 and its security archive)"
	fi
	mkdir "$work/tree"
	dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ --strip-components=1 -C "$work/tree" || fail "$package does not unpack; is xz-utils there?"
	test -f "$work/tree/Kbuild" || fail "$package holds no kernel tree"
	# Somebody else may have finished first; theirs is as good.
	test -d "$target" || mv -T "$work/tree" "$target"
	rm -rf "$work"
	trap - EXIT INT TERM
}

for package in linux-source-6.12 linux-source-6.1; do
	target=$cache/$package
	if [ ! -d "$target" ]; then
		for tool in apt-get dpkg-deb xz; do
			command -v "$tool" >/dev/null || fail "$tool is missing; this step needs Debian or Ubuntu with xz-utils"
		done
		unpack "$package" "$target"
	fi
	echo "$target"
done
