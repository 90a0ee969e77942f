"""Known differences are told as known, with their reasons; those that nobody knows of decide the exit code."""

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from harness.errors import SettingInvalid
from harness.parity.known import KNOWN_FILE, Known, judge, read_known
from tests.parity.runs import PAID, Told, compared

LATE = Told(pay=(202, {"status": "PENDING"}))
SLOW = Known("slow", "answers come late", "containers are slow", "measured", ("status",), "pay", saw={"docker": "202"})
FAILS = Known("fails", "it fails", "it lacks it", "measured", ("outcome",), scenario="*::test_paid")


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "known.yaml"
    path.write_text(dedent(text))
    return path


def test_known_difference_does_not_count_when_it_is_listed(tmp_path: Path) -> None:
    found = compared(tmp_path, Told(), LATE)

    judged, bare = judge(found, [SLOW]), judge(found)

    assert (judged.exit_code, bare.exit_code) == (0, 1)
    ((entry, (difference,)),) = judged.known
    assert (entry, difference.places[0].node_id) == (SLOW, PAID)


@pytest.mark.parametrize(
    "other",
    [
        {"aspects": ("shape",)},
        {"topic": "refund"},
        {"scenario": "scenarios/booking/*"},
        {"saw": {"docker": "503*"}},
        {"targets": ("embedded", "staging")},
    ],
    ids=lambda one: next(iter(one)),
)
def test_difference_is_unknown_when_the_entry_is_about_another(other: dict[str, object], tmp_path: Path) -> None:
    judged = judge(compared(tmp_path, Told(), LATE), [replace(SLOW, **other)])  # type: ignore[arg-type]

    assert judged.exit_code == 1
    assert judged.known == ()


def test_entry_is_told_when_nothing_of_it_showed(tmp_path: Path) -> None:
    elsewhere = Known("other", "w", "r", "s", ("status",), scenario="scenarios/holds/*")

    judged = judge(compared(tmp_path, Told(), Told()), [SLOW, elsewhere])

    assert judged.unseen == (SLOW,)
    assert judged.exit_code == 0


def test_what_follows_is_looked_at_by_itself_when_the_entry_does_not_cover_it(tmp_path: Path) -> None:
    found = compared(tmp_path, Told(), Told(outcome="failed", failure="E  no", status="FAILED", pay=(402, {})))

    judged = judge(found, [FAILS])

    (difference,) = judged.unknown
    assert difference.question.topic == "payments"
    assert difference.followers_by_aspect == {"status": 1}


def test_what_follows_is_known_when_the_entry_covers_it(tmp_path: Path) -> None:
    found = compared(tmp_path, Told(), Told(outcome="failed", failure="E  no", status="FAILED", pay=(402, {})))

    judged = judge(found, [replace(FAILS, covers=True)])

    assert judged.unknown == ()
    assert judged.known[0][1][0].followers_by_aspect == {"effect": 1, "status": 1}


def test_own_list_is_whole() -> None:
    known = read_known(KNOWN_FILE)

    assert all(len(one.reason) > 20 and len(one.source) > 5 for one in known)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a: 1", "hold dict, expected a list"),
        ("- {id: a, what: b}", "entry 1 has not the fields"),
        ("- {id: a, what: b, where: {aspect: colour}, reason: c, source: d}", "does not say where it shows"),
        ("- {id: a, what: b, where: {aspect: call, file: x}, reason: c, source: d}", "does not say where it shows"),
        (
            "- &one {id: a, what: b, where: {aspect: call}, reason: c, source: d}\n- *one",
            "name a twice",
        ),
        ("- [", "can't be read"),
    ],
)
def test_list_is_refused_when_it_is_not_one(text: str, seen: str, tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match=seen):
        read_known(listed(tmp_path, text))


def test_page_tells_every_known_difference_when_the_list_grows() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "parity.md").read_text(encoding="utf-8")

    for one in read_known():
        assert f"| `{one.id}` | {', '.join(one.targets) or 'all'} | {one.what} |" in page


def test_list_is_read_with_its_defaults(tmp_path: Path) -> None:
    path = listed(
        tmp_path,
        """
        - id: slow
          targets: [embedded, docker]
          what: answers come
            late
          where: {aspect: status, topic: pay, saw: {docker: "202"}}
          reason: containers are slow
          source: measured
        """,
    )

    (known,) = read_known(path)

    assert known == Known(
        "slow", "answers come late", "containers are slow", "measured", ("status",), "pay", "*", {"docker": "202"},
        ("embedded", "docker"),
    )  # fmt: skip
