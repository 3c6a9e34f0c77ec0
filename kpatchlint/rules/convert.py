# SPDX-License-Identifier: GPL-2.0-or-later
"""Parsed TOML becomes typed records, strictly; what does not fit is said with its line and the nearest valid name."""

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from kpatchlint.rules.errors import RuleError, key_line, nearest

T = TypeVar("T", bound=msgspec.Struct)

_PLACE = re.compile(r" - at `([^`]*)`$")
_QUOTED = re.compile(r"`([^`]*)`|'([^']*)'")


def convert(raw: object, shape: type[T], where: tuple[str, str]) -> T:
    """Turn parsed TOML into a record of type *shape*.

    Args:
        raw: as tomllib gives it.
        shape: a msgspec.Struct that forbids unknown fields.
        where: the file's path below rules/ and its text, for the message.

    Raises:
        RuleError: at the line of the key that does not fit.
    """
    try:
        return msgspec.convert(raw, shape, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(str(error), shape, where) from None


def _explain(message: str, shape: type[msgspec.Struct], where: tuple[str, str]) -> RuleError:
    path, text = where
    place = _PLACE.search(message)
    problem = _PLACE.sub("", message)
    quoted = _QUOTED.search(problem)
    name = (quoted.group(1) or quoted.group(2) or "") if quoted else ""
    if "unknown field" in problem:
        return RuleError(path, key_line(text, name), f"unknown key {name!r}{nearest(name, _field_names(shape))}")
    if "missing required field" in problem:
        return RuleError(path, _table_line(text, place), f"key {name!r} is missing")
    key = _last_key(place)
    if "enum" in problem:
        return RuleError(path, key_line(text, key), f"unknown {key} {name!r}{nearest(name, _enum_values(shape))}")
    return RuleError(path, key_line(text, key), f"{key}: {problem[:1].lower()}{problem[1:]}")


def _last_key(place: re.Match[str] | None) -> str:
    """The last name in msgspec's ``$.calls[...].size``."""
    names = re.findall(r"\.(\w+)", place.group(1)) if place else []
    return names[-1] if names else ""


def _table_line(text: str, place: re.Match[str] | None) -> int:
    key = _last_key(place)
    return key_line(text, key) if key else 1


def _types(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    """The type and all types inside it."""
    yield kind
    inner: list[msgspec.inspect.Type] = []
    if isinstance(kind, msgspec.inspect.StructType):
        inner = [field.type for field in kind.fields]
    elif isinstance(kind, msgspec.inspect.UnionType):
        inner = list(kind.types)
    elif isinstance(kind, msgspec.inspect.DictType):
        inner = [kind.value_type]
    elif isinstance(kind, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
        inner = [kind.item_type]
    for each in inner:
        yield from _types(each)


def _field_names(shape: type[msgspec.Struct]) -> set[str]:
    structs = (k for k in _types(msgspec.inspect.type_info(shape)) if isinstance(k, msgspec.inspect.StructType))
    return {field.encode_name for struct in structs for field in struct.fields}


def _enum_values(shape: type[msgspec.Struct]) -> set[str]:
    kinds = _types(msgspec.inspect.type_info(shape))
    return {str(v.value) for k in kinds if isinstance(k, msgspec.inspect.EnumType) for v in k.cls}
