"""Whole conversations as people read them: each file is one, line by line, and the chat must still say every word.

`> text` is what the customer writes, every other line what the chat says; the first line names the language. With
REWRITE_TRANSCRIPTS=1 the files are written anew, to be read before they are kept.
"""

import os
from pathlib import Path

import pytest
from booking.domain.chat.languages import Language

from tests.systems.booking.chat.worlds import World

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


def _played(written: str) -> str:
    head, *lines = written.splitlines()
    world = World()
    chat = world.chat(Language(head.removeprefix("# ")))
    said = [head, chat.conversation.answers[-1].text]
    for text in (line.removeprefix("> ") for line in lines if line.startswith("> ")):
        said += [f"> {text}", chat.says(text).text]
    played = "\n".join(said) + "\n"
    for number, booking_id in enumerate(world.bookings, 1):
        played = played.replace(booking_id, f"booking-{number}")
    return played


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript_is_said_word_for_word_when_its_customer_writes(path):
    written = path.read_text()
    played = _played(written)
    if os.environ.get("REWRITE_TRANSCRIPTS"):
        path.write_text(played)
    else:
        assert played == written


def test_both_languages_have_transcripts_when_all_are_read():
    assert {path.read_text().splitlines()[0] for path in TRANSCRIPTS} == {"# es", "# en"}
