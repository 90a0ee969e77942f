"""What is wrong in the engine, put right from outside while it starts: one module a defect.

The engine is pinned; each mend names the functions that it replaces or relies on by a fingerprint of their source, and
all of them are compared before the first is touched. Every mend but `task_timeouts`, `expressions` and `batches` (which
only cost less) has checks in tests/conformance that fail on the engine as it comes and pass on the mended one; they
speak AWS only. Each module's docstring says what is wrong, what AWS does and how sure that is, and what it leaves out,
as a report to the engine's authors would. Wrong error types and the wait for log lines end with the function pool
(`functions`), not here.
"""

from importlib.metadata import PackageNotFoundError, version

from harness.errors import EngineMismatch
from harness.targets.embedded.mends import (
    alarms,
    api_owners,
    batches,
    closing,
    consumed_by_statements,
    consumed_capacity,
    dead_letters,
    definitions,
    dynamodb_integration,
    execution_names,
    expressions,
    history_events,
    http_apis,
    post_confirmation,
    retries,
    start_delay,
    stream_mappings,
    table_settings,
    task_timeouts,
    transaction_tokens,
    user_pool_attributes,
)
from harness.targets.embedded.mends.symbols import Mend

ENGINE = "ministack"
ENGINE_VERSION = "1.5.33"

# In the order of application: `closing` wraps what `start_delay` and `history_events` have mended, and the mends of
# ConsumedCapacity what `transaction_tokens` has.
MENDS: tuple[Mend, ...] = (
    start_delay.MEND,
    history_events.MEND,
    retries.MEND,
    closing.MEND,
    task_timeouts.MEND,
    dynamodb_integration.MEND,
    execution_names.MEND,
    definitions.MEND,
    dead_letters.MEND,
    post_confirmation.MEND,
    table_settings.MEND,
    transaction_tokens.MEND,
    consumed_capacity.MEND,
    consumed_by_statements.MEND,
    expressions.MEND,
    batches.MEND,
    alarms.MEND,
    http_apis.MEND,
    api_owners.MEND,
    user_pool_attributes.MEND,
    stream_mappings.MEND,
)

_applied: list[str] = []


def install() -> tuple[str, ...]:
    """Mend the engine of this process, once; return the mends' names.

    Imports the engine, whose environment variables must be set before. Raises EngineMismatch, having touched nothing,
    when it is not the version or the text that the mends were written against.
    """
    if not _applied:
        verify()
        for mend in MENDS:
            mend.apply()
            _applied.append(mend.name)
    return tuple(_applied)


def verify(mends: tuple[Mend, ...] = MENDS, engine_version: str = ENGINE_VERSION) -> None:
    """Raise EngineMismatch unless the unmended engine is the one that `mends` were written against."""
    seen_version = _seen_version()
    if seen_version != engine_version:
        raise EngineMismatch(
            f"{ENGINE} is {seen_version}, expected {engine_version}",
            remedy=f"pip install '{ENGINE}=={engine_version}', or write the mends anew for {seen_version}",
        )
    changed = {
        f"{mend.name}: {symbol.module_name}.{symbol.name}": f"{symbol.seen()}, expected {symbol.fingerprint}"
        for mend in mends
        for symbol in mend.symbols()
        if symbol.seen() != symbol.fingerprint
    }
    if changed:
        raise EngineMismatch(
            f"{len(changed)} functions of {ENGINE} {seen_version} are not what their mends were written against",
            evidence=changed,
            remedy="read what changed, mend anew if it is still needed, and run tests/conformance",
        )


def _seen_version() -> str:
    try:
        return version(ENGINE)
    except PackageNotFoundError:
        return "not installed"
