"""Pages of lists: `limit` and `cursor` in, `items` and `nextCursor` out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from booking.adapters.cursors import Cursors
from booking.adapters.forms import Form
from booking.domain.catalog import Page


class PageQuery(Form):
    """Which part of a list is asked for."""

    limit: Annotated[int, Meta(ge=1, le=100, description="The most items of a page.")] = 50
    cursor: Annotated[str, Meta(max_length=1_024, description="The nextCursor of the page before.")] | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """One list of one tenant; `list_name` holds what it is filtered by, so that no cursor leads into another list."""

    cursors: Cursors
    tenant_id: str
    list_name: str
    query: PageQuery

    @property
    def limit(self) -> int:
        """Return the most items of the page."""
        return self.query.limit

    @property
    def position(self) -> Mapping[str, Any] | None:
        """Return where the page begins, None for the first; raises RequestInvalid for a cursor of another list."""
        if self.query.cursor is None:
            return None
        return self.cursors.unseal(self.query.cursor, self.tenant_id, self.list_name)

    def next_cursor(self, page: Page) -> str | None:
        """Return the cursor of the page after, None at the end."""
        return self.cursors.seal(self.tenant_id, self.list_name, page.position) if page.position else None
