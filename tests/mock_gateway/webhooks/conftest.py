"""A receiver that is subscribed to everything, and the post office that sends to it."""

from collections.abc import Iterator

import pytest

from tests.mock_gateway.webhooks.receiving import PostOffice, Receiver, post_office, receiving


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A post office, as new."""
    with post_office() as office:
        yield office


@pytest.fixture
def receiver(office: PostOffice) -> Iterator[Receiver]:
    """A receiver that is subscribed to everything of the default merchant."""
    with receiving() as receiver:
        receiver.secret = office.subscribe(receiver.url).secret
        yield receiver
