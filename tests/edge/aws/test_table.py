"""The page of errors says what boto3 raises now."""

import pytest

from docs.tables.aws_errors import PAGE, page


@pytest.mark.slow
def test_page_says_what_boto3_raises_when_it_is_written_again() -> None:
    assert PAGE.read_text() == page(), "run: python -m docs.tables.aws_errors"
