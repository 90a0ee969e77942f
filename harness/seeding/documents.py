"""YAML that people wrote: every scalar as the text that stands there, every problem with its line and field.

YAML's own ideas are left out: `15:00` is a time here and no number of base 60, `on` is a word. What is wrong is
gathered, so that somebody who wrote a file learns it all at once.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from harness.errors import SettingInvalid, did_you_mean

T = TypeVar("T")
PROBLEMS_SHOWN = 20
_WHOLE = re.compile(r"-?[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar with the line that it stands in."""

    value: str
    line: int


@dataclass(slots=True)
class Notes:
    """What is wrong with a file: (line, field, words)."""

    path: Path
    found: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, line: int, name: str, words: str) -> None:
        """Note a problem."""
        self.found.append((line, name, words))

    def must_be_none(self) -> None:
        """Raise SettingInvalid, naming lines and fields, when something is wrong."""
        if not self.found:
            return
        lines = {f"line {line}": "" for line, _, _ in self.found}
        for line, name, words in sorted(self.found)[:PROBLEMS_SHOWN]:
            told = f"{name} {words}".strip()
            lines[f"line {line}"] = f"{lines[f'line {line}']}\n{told}".lstrip("\n")
        left = len(self.found) - PROBLEMS_SHOWN
        shown = {label: words for label, words in lines.items() if words}
        if left > 0:
            shown["and"] = f"{left} more"
        raise SettingInvalid(
            f"{self.path} has {len(self.found)} problem{'s' if len(self.found) > 1 else ''}", evidence=shown
        )


@dataclass(slots=True)
class Entry:
    """One mapping of a file, read field by field; `name` is where it is, e.g. providers[2]."""

    values: Mapping[str, Any]
    line: int
    name: str
    notes: Notes
    asked: set[str] = field(default_factory=set)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field's text; without a default it is required."""
        return self.read(name, lambda text: text, default)

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a field's whole number."""
        return self.read(name, whole, default)

    def one_of(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """Return a field that is one of these words."""

        def chosen(text: str) -> str:
            if text not in choices:
                raise ValueError(f"is {text!r}, expected one of {', '.join(choices)}{did_you_mean(text, choices)}")
            return text

        return self.read(name, chosen, default)

    def read(self, name: str, reader: Callable[[str], T], default: T | None = None) -> T:
        """Return a field by a reader that raises ValueError, in words, for what it does not take."""
        self.asked.add(name)
        value = self.values.get(name)
        # Stands in for what could not be read; the note that was made keeps anybody from using it.
        nothing: Any = None
        if value is None:
            if default is None:
                self.problem(name, "is missing")
            return nothing if default is None else default
        try:
            if isinstance(value, Text):
                return reader(value.value)
            self.problem(name, "is expected to be one word or text")
        except ValueError as problem:
            self.notes.add(value.line, self._path(name), str(problem))
        return nothing if default is None else default

    def texts(self, name: str) -> list[Text]:
        """Return a list of texts; [] when it is not there."""
        return [one for one in self._list(name) if self._is_text(name, one)]

    def entries(self, name: str) -> Iterator["Entry"]:
        """Give the mappings of a list."""
        for position, one in enumerate(self._list(name)):
            yield self._entry(one, f"{self._path(name)}[{position}]")

    def optional(self, name: str, reader: Callable[[str], T]) -> T | None:
        """Return a field by a reader, None when it is not there."""
        if name in self.values:
            return self.read(name, reader)
        self.asked.add(name)
        return None

    def pairs(self, name: str) -> list[tuple[str, Text]]:
        """Return the fields of a mapping of texts, in order."""
        self.asked.add(name)
        value = self.values.get(name)
        if value is None:
            return []
        found = self._entry(value, self._path(name))
        return [(key, one) for key, one in found.values.items() if found._is_text(key, one)]

    def problem(self, name: str, words: str) -> None:
        """Note what is wrong with a field."""
        value = self.values.get(name)
        line = value.line if isinstance(value, Text | Entry) else self.line
        self.notes.add(line, self._path(name), words)

    def finish(self) -> None:
        """Note every field that nobody asked for."""
        for name in self.values.keys() - self.asked:
            self.problem(name, f"is not known here{did_you_mean(name, self.asked)}")

    def _list(self, name: str) -> Sequence[Any]:
        self.asked.add(name)
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(name, "is expected to be a list")
            return []
        return value

    def _entry(self, value: Any, name: str) -> "Entry":
        if isinstance(value, Entry):
            return Entry(value.values, value.line, name, self.notes)
        line = value.line if isinstance(value, Text) else self.line
        self.notes.add(line, name, "is expected to be fields with values")
        return Entry({}, line, name, self.notes)

    def _is_text(self, name: str, value: Any) -> bool:
        if isinstance(value, Text):
            return True
        self.problem(name, "is expected to hold texts only")
        return False

    def _path(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name else name


def read_document(path: Path) -> Entry:
    """Return a file's mapping; raises SettingInvalid when it can't be read or is none."""
    notes = Notes(path)
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingInvalid(f"{path} can't be read: {problem}") from problem
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 0
        raise SettingInvalid(f"{path} is no YAML", evidence={f"line {line}": problem.problem or ""}) from problem
    found = _value(node, notes) if node is not None else None
    notes.must_be_none()
    if not isinstance(found, Entry):
        raise SettingInvalid(f"{path} is expected to hold fields with values")
    return found


def whole(text: str) -> int:
    """Return a text as a whole number; raises ValueError."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"is {text!r}, expected a whole number")
    return int(text)


def _value(node: yaml.Node, notes: Notes) -> Any:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key, value in node.value:
            if str(key.value) in values:
                notes.add(key.start_mark.line + 1, str(key.value), "is there twice")
            values[str(key.value)] = _value(value, notes)
        return Entry(values, line, "", notes)
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, notes) for one in node.value]
    return Text(str(node.value), line)
