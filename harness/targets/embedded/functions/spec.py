"""What is asked of the pool and what it answers: a function, and the outcome of one invocation."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

DEFAULT_RUNTIME = "python3.12"


@dataclass(frozen=True, slots=True)
class LayerArchive:
    """The content of one layer version."""

    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One version of a function, with all that its workers depend on."""

    name: str
    arn: str  # as invoked, with the qualifier if there was one
    handler: str
    code_sha256: str  # any stable name of the content
    code_zip: bytes = field(repr=False)
    version: str = "$LATEST"
    runtime: str = DEFAULT_RUNTIME
    timeout_s: int = 3
    memory_mb: int = 128
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    region: str = "us-east-1"
    account_id: str = "000000000000"
    layers: tuple[LayerArchive, ...] = ()
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)  # AWS_ACCESS_KEY_ID and its like
    log_group: str = ""  # default: /aws/lambda/<name>
    log_format: str = "Text"  # or JSON
    log_level: str = ""  # the application's level; only with JSON

    @property
    def family(self) -> Hashable:
        """Return what stays the same when the function is updated."""
        return (self.account_id, self.region, self.name, self.version)

    @property
    def key(self) -> Hashable:
        """Return what two invocations must share to be served by the same worker."""
        return (
            self.family,
            self.handler,
            self.runtime,
            self.code_sha256,
            self.timeout_s,
            self.memory_mb,
            tuple(sorted(self.environment.items())),
            tuple(layer.sha256 for layer in self.layers),
            tuple(sorted(self.credentials.items())),
            self.log_group,
            self.log_format,
            self.log_level,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended; `error` is None when the handler returned."""

    payload: object | None = None
    error: Mapping[str, object] | None = None  # errorType, errorMessage and, from the runtime, requestId, stackTrace
    log: str = ""  # with the START, END and REPORT lines
    log_events: tuple[str, ...] = ()  # the same as CloudWatch shows it: a stack trace is one event
    log_stream: str = ""  # one a worker
    throttled: bool = False
    undecoded: bool = False  # the payload is text that is not JSON: the handler returned bytes
