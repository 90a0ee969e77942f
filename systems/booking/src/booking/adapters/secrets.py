"""A secret of Secrets Manager, read when it is first needed and kept by the worker; never logged."""

from dataclasses import dataclass, field
from typing import Any

from groundwork.aws import AWS_ERRORS, is_busy

from booking.domain.errors import StoreUnavailable


@dataclass
class Secret:
    """The text of one secret."""

    client: Any
    name: str
    _known: str = field(default="", repr=False)

    def text(self) -> str:
        """Return the secret's text; raises StoreUnavailable when nobody can tell it now."""
        if not self._known:
            try:
                self._known = str(self.client.get_secret_value(SecretId=self.name)["SecretString"])
            except AWS_ERRORS as error:
                if is_busy(error):
                    raise StoreUnavailable("a secret can't be read now") from error
                raise
            except KeyError:
                # botocore takes a body that is no JSON for an empty one.
                raise StoreUnavailable("the answer of the secrets could not be read") from None
        return self._known

    def forget(self) -> None:
        """Have it read anew with the next use: secrets are rotated."""
        self._known = ""
