"""What stories rely on: guarantees of a target, by the names that `rehearse doctor` probes."""

# Money moves by transactions on conditions, under tokens that the SDK repeats; steps are functions, and the state
# machine retries and catches their errors by name; a payment is an execution of its own name, begun behind an API.
EVERY_PAYMENT = (
    "apigateway.lambda-proxy",
    "dynamodb.conditional-writes",
    "dynamodb.numbers",
    "dynamodb.queries",
    "dynamodb.transactions",
    "lambda.error-types",
    "lambda.runs",
    "states.catch-by-name",
    "states.execution-names",
    "states.retry",
)

# A booking is one transaction on many items, found by indexes, made with credentials of its tenant's own for whom an
# authorizer has let in; by the stream of conversations messages are metered. A deposit is an execution of its own name.
EVERY_BOOKING = (
    "apigateway.http-authorizer",
    "dynamodb.conditional-writes",
    "dynamodb.numbers",
    "dynamodb.queries",
    "dynamodb.streams",
    "dynamodb.transactions",
    "lambda.error-types",
    "lambda.runs",
    "sts.session-tags",
)
