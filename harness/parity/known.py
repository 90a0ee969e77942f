"""Differences between targets that are known, each with its reason, and what a comparison says beside them.

The list is YAML (`known.yaml` here, or one of your own): what differs, where it shows, why, and how that is known.
An entry that matches nothing any more is told too: a list that only grows hides what has been mended.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from harness.errors import SettingInvalid
from harness.parity.comparing import Apart, Difference, Found, led, together
from harness.parity.sight import RANK_BY_ASPECT

KNOWN_FILE = Path(__file__).parent / "known.yaml"
_NEEDED = {"id", "what", "where", "reason", "source"}
_ALLOWED = _NEEDED | {"targets", "covers"}
_OF_WHERE = {"aspect", "topic", "scenario", "saw"}


@dataclass(frozen=True)
class Known:
    """One known difference. Patterns hold `*` for anything; `saw` is by the name of a side.

    `covers` says that whatever follows from it in the same scenario is known with it; else that is looked at by itself.
    """

    id: str
    what: str
    reason: str
    source: str
    aspects: tuple[str, ...]
    topic: str = "*"
    scenario: str = "*"
    saw: Mapping[str, str] | None = None
    targets: tuple[str, ...] = ()
    covers: bool = False

    def is_about(self, names: Sequence[str]) -> bool:
        """Tell whether it is about these sides."""
        return not self.targets or set(self.targets) == {_target(name) for name in names}

    def matches(self, apart: Apart, names: tuple[str, str]) -> bool:
        """Tell whether this is the difference."""
        saw = dict(zip(map(_target, names), apart.saw, strict=True))
        return (
            apart.question.aspect in self.aspects
            and _fits(self.topic, apart.question.topic)
            and _fits(self.scenario, apart.place.node_id)
            and all(_fits(pattern, saw.get(name, "")) for name, pattern in (self.saw or {}).items())
        )


@dataclass(frozen=True)
class Judged:
    """A comparison beside what is known: `known` with where it showed, `unseen` what was to be expected and was not."""

    found: Found
    unknown: tuple[Difference, ...]
    known: tuple[tuple[Known, tuple[Difference, ...]], ...]
    unseen: tuple[Known, ...]
    varying: tuple[Difference, ...]

    @property
    def exit_code(self) -> int:
        """1 when there is a difference that nobody knows of."""
        return 1 if self.unknown else 0


def read_known(path: Path = KNOWN_FILE) -> tuple[Known, ...]:
    """Read a list of known differences; raises SettingInvalid with the entry that is wrong."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError) as problem:
        raise SettingInvalid(f"known differences {path} can't be read", evidence={"seen": problem}) from problem
    if not isinstance(entries, list):
        raise SettingInvalid(f"known differences {path} hold {type(entries).__name__}, expected a list")
    known = tuple(_known(entry, f"{path} entry {number}") for number, entry in enumerate(entries, start=1))
    if twice := {one.id for one in known if [two.id for two in known].count(one.id) > 1}:
        raise SettingInvalid(f"known differences {path} name {', '.join(sorted(twice))} twice")
    return known


def judge(found: Found, known: Iterable[Known] = ()) -> Judged:
    """Sort what differs into what is known and what is not."""
    names = (found.sides[0].name, found.sides[1].name)
    about = [one for one in known if one.is_about(names)]
    by_place: dict[str, list[Apart]] = {}
    for one in found.apart:
        by_place.setdefault(one.place.node_id, []).append(one)
    unknown: list[Apart] = []
    matched: dict[str, list[Apart]] = {}
    for place in by_place.values():
        unknown.extend(_unknown(place, about, names, matched))
    expected = [one for one in about if any(_fits(one.scenario, node_id) for node_id in found.node_ids)]
    return Judged(
        found,
        together(unknown),
        tuple((one, together(matched[one.id])) for one in about if one.id in matched),
        tuple(one for one in expected if one.id not in matched),
        together(found.varying),
    )


def _unknown(
    place: Sequence[Apart], known: Sequence[Known], names: tuple[str, str], matched: dict[str, list[Apart]]
) -> list[Apart]:
    """Return what of one place nobody knows of; what leads is asked about first, then what is left without a lead."""
    left: list[Apart] = []
    freed = False
    for one in (one for one in place if not one.follows):
        entry = next((entry for entry in known if entry.matches(one, names)), None)
        if entry is None:
            left.append(one)
            continue
        matched.setdefault(entry.id, []).append(one)
        if entry.covers:
            matched[entry.id].extend(two for two in place if two.follows)
            return left
        freed = True
    following = [one for one in place if one.follows]
    if not freed or not following:
        return [*left, *following]
    return _unknown(led([*left, *(replace(one, follows=False) for one in following)]), known, names, matched)


def _known(entry: Any, name: str) -> Known:
    if not isinstance(entry, dict) or not set(entry) >= _NEEDED or not set(entry) <= _ALLOWED:
        raise SettingInvalid(
            f"known difference {name} has not the fields of one",
            evidence={"seen": entry, "expected": f"{', '.join(sorted(_NEEDED))}; allowed: targets, covers"},
        )
    where = entry["where"]
    aspects = _aspects(where)
    if not isinstance(where, dict) or not set(where) <= _OF_WHERE or not aspects or not aspects <= set(RANK_BY_ASPECT):
        raise SettingInvalid(
            f"known difference {name} does not say where it shows",
            evidence={
                "seen": where,
                "expected": f"aspect (one or more of {', '.join(RANK_BY_ASPECT)}), topic, scenario, saw",
            },
        )
    texts = {field: " ".join(str(entry[field]).split()) for field in ("id", "what", "reason", "source")}
    saw = {str(side): str(pattern) for side, pattern in (where.get("saw") or {}).items()}
    return Known(
        **texts,
        aspects=tuple(sorted(aspects)),
        topic=str(where.get("topic", "*")),
        scenario=str(where.get("scenario", "*")),
        saw=saw,
        targets=tuple(map(str, entry.get("targets", ()))),
        covers=bool(entry.get("covers", False)),
    )


def _aspects(where: Any) -> set[str]:
    """Return the aspects that an entry names, one or a list of them."""
    named = where.get("aspect", ()) if isinstance(where, dict) else ()
    return {named} if isinstance(named, str) else set(map(str, named))


def _target(name: str) -> str:
    """Return the target of a side, which may be named with its environment: `staging@mine`."""
    return name.partition("@")[0]


def _fits(pattern: str, text: str) -> bool:
    # Names of tests hold brackets, so only `*` means anything.
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None
