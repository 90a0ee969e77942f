"""A wallet: one balance in one currency, and a version that counts its changes."""

from dataclasses import dataclass, replace

from payments.domain.errors import CurrencyMismatch, InsufficientFunds


@dataclass(frozen=True, slots=True)
class Wallet:
    """Balance in minor units; `version` grows by one with every change; `last_tx_id` is the event of the last one."""

    user_id: str
    balance_minor: int
    currency: str
    version: int = 0
    last_tx_id: str = ""
    updated_at: str = ""

    def debited(self, amount_minor: int, currency: str, tx_id: str, at: str) -> "Wallet":
        """Return the wallet after paying; raises InsufficientFunds or CurrencyMismatch."""
        self.must_cover(amount_minor, currency)
        return self._moved(-amount_minor, tx_id, at)

    def credited(self, amount_minor: int, currency: str, tx_id: str, at: str) -> "Wallet":
        """Return the wallet after receiving money; raises CurrencyMismatch."""
        self._must_hold(currency)
        return self._moved(amount_minor, tx_id, at)

    def must_cover(self, amount_minor: int, currency: str) -> None:
        """Raise CurrencyMismatch or InsufficientFunds when the wallet can't pay the amount."""
        self._must_hold(currency)
        if self.balance_minor < amount_minor:
            raise InsufficientFunds("the wallet's balance is lower than the amount")

    def _must_hold(self, currency: str) -> None:
        if self.currency != currency:
            raise CurrencyMismatch(f"the wallet holds {self.currency}, the request is in {currency}")

    def _moved(self, signed_minor: int, tx_id: str, at: str) -> "Wallet":
        return replace(
            self,
            balance_minor=self.balance_minor + signed_minor,
            version=self.version + 1,
            last_tx_id=tx_id,
            updated_at=at,
        )
