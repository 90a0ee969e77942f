"""The errors of the Data API, and the words that AWS has for what PostgreSQL says.

Classes and statuses come from the service's model. Texts are AWS's where its user guide quotes them (documented) or
where people published what Aurora answered them (reported); each says which.
"""

from collections.abc import Mapping

from psycopg import pq

QUERY_CANCELED, TOO_MANY_CONNECTIONS = "57014", "53300"
_SEVERITY = pq.DiagnosticField.SEVERITY_NONLOCALIZED
_TWO_COMMANDS = "cannot insert multiple commands into a prepared statement"


class Refused(Exception):
    """A call is answered with the error `code` of the service; `fields` are its members besides the message."""

    def __init__(self, code: str, message: str, fields: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.fields = code, message, dict(fields or {})


class DatabaseSaid(Refused):
    """PostgreSQL answered with an error; `state` is its SQLSTATE."""

    def __init__(self, message: str, state: str) -> None:
        super().__init__("DatabaseErrorException", message)
        self.state = state


def of_result(result: pq.abc.PGresult) -> Refused:
    """Return what AWS makes of an error that PostgreSQL answered a statement with."""
    primary = _field(result, pq.DiagnosticField.MESSAGE_PRIMARY)
    if primary == _TWO_COMMANDS:
        # Documented. PostgreSQL finds it out before it runs any of them.
        return Refused("ValidationException", "Multistatements aren't supported.")
    state = _field(result, pq.DiagnosticField.SQLSTATE)
    if not state:  # libpq's own words: the connection is gone
        return DatabaseSaid(_lines(result.error_message.decode("utf-8", "replace")), "")
    # Reported: `ERROR: relation "x" does not exist; Position: 15; SQLState: 42P01`. Details are not told, hints are.
    told = [f"{_field(result, _SEVERITY)}: {primary}"]
    told += [f"Hint: {hint}" for hint in [_field(result, pq.DiagnosticField.MESSAGE_HINT)] if hint]
    told += [f"Position: {at}" for at in [_field(result, pq.DiagnosticField.STATEMENT_POSITION)] if at]
    return DatabaseSaid("; ".join([*told, f"SQLState: {state}"]), state)


def database_error(severity: str, message: str, state: str) -> DatabaseSaid:
    """Return an error in the words that PostgreSQL would have for it."""
    return DatabaseSaid(f"{severity}: {message}; SQLState: {state}", state)


def lost(problem: Exception) -> DatabaseSaid:
    """Return that the connection broke under a statement, of which nobody knows whether it ran (assumed)."""
    return DatabaseSaid(_lines(str(problem)), "")


def unreachable(problem: Exception) -> Refused:
    """Return that no connection could be made: the reason is the server's, or that nobody answers (documented)."""
    text = _lines(str(problem))
    severity, _, reason = text.partition("FATAL:")
    state = getattr(problem, "sqlstate", None) or _state_of(reason)
    if reason:
        said = f"FATAL: {reason.strip()}"
        return DatabaseSaid(f"{said}; SQLState: {state}" if state else said, state)
    return Refused("DatabaseUnavailableException", f"the database server can't be reached: {severity.strip()}")


def timed_out(backend: int) -> Refused:
    """Return that a call took longer than it may; `backend` is the connection's process id in the server."""
    return Refused("StatementTimeoutException", "Request timed out", {"dbConnectionId": backend})


def bad_request(message: str) -> Refused:
    """Return that a request can't be understood or makes no sense."""
    return Refused("BadRequestException", message)


def unsupported(message: str) -> Refused:
    """Return that a result can't be answered with."""
    return Refused("UnsupportedResultException", message)


def transaction_not_found(transaction: str, cause: str) -> Refused:
    """Return that no such transaction is open; `cause` is one of AWS's three sentences for it."""
    return Refused("TransactionNotFoundException", f"Transaction {transaction} is not found. {cause}")


def _field(result: pq.abc.PGresult, which: pq.DiagnosticField) -> str:
    return (result.error_field(which) or b"").decode("utf-8", "replace")


def _lines(text: str) -> str:
    return " ".join(text.split())


def _state_of(reason: str) -> str:
    # libpq tells no SQLSTATE for a connection that was refused, only the server's words.
    states = {
        "password authentication failed": "28P01",
        "too many clients already": TOO_MANY_CONNECTIONS,
        "too many connections": TOO_MANY_CONNECTIONS,
        "remaining connection slots are reserved": TOO_MANY_CONNECTIONS,
        "does not exist": "3D000",
        "is starting up": "57P03",
        "is shutting down": "57P03",
    }
    return next((state for words, state in states.items() if words in reason), "")
