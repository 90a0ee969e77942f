"""Pages are written whole, and only where a file may be."""

import os
from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from harness.pages import Pages


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "page.jinja").write_text("hello {{ who }}")
    return Pages(folder)


def test_file_behind_a_link_is_written_when_the_page_is_named_by_the_link(pages: Pages, tmp_path: Path) -> None:
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "real.html")

    pages.write(link, "page.jinja", who="you")

    assert link.is_symlink()
    assert (tmp_path / "real.html").read_text() == "hello you"


def test_pipe_is_written_to_and_stays_when_it_is_the_output(pages: Pages, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        pages.write(pipe, "page.jinja", who="you")

        assert os.read(reader, 100) == b"hello you"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_nothing_is_left_when_a_page_cannot_be_written(pages: Pages, tmp_path: Path) -> None:
    in_a_circle = tmp_path / "circle.html"
    in_a_circle.symlink_to(in_a_circle)
    for path in (tmp_path, in_a_circle):
        with pytest.raises(SettingInvalid, match="can't be written"):
            pages.write(path, "page.jinja", who="you")

    assert not list(tmp_path.rglob("*.part"))


def test_earlier_page_stays_when_the_new_one_cannot_be_finished(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.html"
    page.write_text("earlier")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SettingInvalid, match="No space left on device"):
        pages.write(page, "page.jinja", who="you")

    assert page.read_text() == "earlier"
    assert not list(tmp_path.glob(".*.part"))
