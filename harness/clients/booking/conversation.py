"""A conversation with a business's chat: a customer says something, and is answered."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.clients.answer import Answer

if TYPE_CHECKING:
    from harness.clients.booking.booking import Booking
    from harness.clients.booking.tenant import Tenant


class Conversation:
    """One conversation. `answer` is the latest one."""

    def __init__(self, tenant: "Tenant", conversation_id: str, answer: Answer) -> None:
        self._tenant = tenant
        self.conversation_id = conversation_id
        self.answer = answer

    @property
    def path(self) -> str:
        """The path of the conversation."""
        return f"/conversations/{self.conversation_id}"

    @property
    def document(self) -> Mapping[str, Any]:
        """The latest answer's document."""
        return self.answer.document

    @property
    def state(self) -> str:
        """Where the conversation stood in the latest answer, e.g. `DATE_PENDING`; "" in a refusal."""
        return str(self.answer.document.get("state", ""))

    @property
    def item_key(self) -> str:
        """The key of the conversation's item, as the edge's own admin verbs take it."""
        return f"PK=TENANT#{self._tenant.tenant_id},SK=CONV#{self.conversation_id}"

    def aws_match(self) -> dict[str, str]:
        """Return what the edge's fault rules know the conversation by: its item's key."""
        return {"key": self.item_key}

    def says(self, *texts: str, message: str = "") -> "Conversation":
        """Say these texts, one after the other; return the conversation with the last answer.

        `message` is the label of the last one's messageId; the same label again is the same message.
        """
        for position, text in enumerate(texts):
            names = self._tenant.client.names
            own = names.scoped(message) if message and position == len(texts) - 1 else names.following("message")
            self.answer = self.sends({"messageId": own, "text": text})
        return self

    def sends(self, body: Mapping[str, Any]) -> Answer:
        """Send any body as a message."""
        return self._tenant.exchange("say", "POST", f"{self.path}/messages", subject=self.conversation_id, body=body)

    @property
    def text(self) -> str:
        """What the latest answer said."""
        return str(self.answer.document.get("text", ""))

    @property
    def options(self) -> list[str]:
        """The numbered choices of the latest answer."""
        return [str(one["label"]) for one in self.answer.document.get("options") or ()]

    @property
    def understood(self) -> bool:
        """Tell whether the latest message was understood."""
        return bool(self.answer.document.get("understood"))

    def read(self) -> Answer:
        """Read the conversation as it is now."""
        return self._tenant.exchange("read_conversation", "GET", self.path, subject=self.conversation_id)

    def booking(self) -> "Booking":
        """Read the booking that the conversation has led to."""
        return self._tenant.booking(str(self.answer.document.get("bookingId", "")))
