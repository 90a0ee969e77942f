"""Errors that any AWS service may answer with, though hardly a model has them.

Source: "Common Errors" in the services' API references, S3's "List of error codes", and botocore's retry rules: the
codes are documented. So are most statuses, but the lists differ from each other (NotAuthorized is 400 in EMR's and 401
in Lambda's, IncompleteSignature 400 in IAM's and 403 in Lambda's). Which one a service sends, and that the JSON
protocols answer 400 where the others answer 403, 404 or 503, is assumed. A rule may give its own `status`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GenericError:
    """A code and its HTTP statuses, in the JSON protocols and in the others. `services` () means all."""

    code: str
    json_status: int
    status: int
    services: tuple[str, ...] = ()

    @property
    def sender(self) -> bool:
        """Whether the client is to blame."""
        return self.status < 500


_S3 = ("s3",)

GENERIC_ERRORS: dict[str, GenericError] = {
    error.code: error
    for error in (
        GenericError("AccessDenied", 403, 403),
        GenericError("AccessDeniedException", 400, 403),
        GenericError("BandwidthLimitExceeded", 400, 503),
        GenericError("ExpiredToken", 400, 400),
        GenericError("ExpiredTokenException", 400, 403),
        GenericError("IncompleteSignature", 400, 403),
        GenericError("IncompleteSignatureException", 400, 403),
        GenericError("InternalError", 500, 500),
        GenericError("InternalFailure", 500, 500),
        GenericError("InternalServerError", 500, 500),
        GenericError("InvalidAction", 400, 400),
        GenericError("InvalidClientTokenId", 403, 403),
        GenericError("InvalidSignatureException", 400, 403),
        GenericError("MalformedHttpRequestException", 400, 400),
        GenericError("MissingAuthenticationToken", 400, 403),
        GenericError("MissingAuthenticationTokenException", 400, 403),
        GenericError("NotAuthorized", 400, 400),
        GenericError("OptInRequired", 403, 403),
        GenericError("RequestAbortedException", 400, 400),
        GenericError("RequestEntityTooLargeException", 413, 413),
        GenericError("RequestExpired", 400, 400),
        GenericError("RequestLimitExceeded", 400, 503),
        GenericError("RequestThrottled", 403, 403),
        GenericError("RequestThrottledException", 400, 400),
        GenericError("RequestTimeout", 400, 400),
        GenericError("RequestTimeoutException", 408, 408),
        GenericError("SerializationException", 400, 400),
        GenericError("ServiceUnavailable", 503, 503),
        GenericError("ServiceUnavailableException", 503, 503),
        GenericError("SignatureDoesNotMatch", 403, 403),
        GenericError("Throttling", 400, 400),
        GenericError("ThrottlingException", 400, 400),
        GenericError("TooManyRequestsException", 429, 429),
        GenericError("UnknownOperationException", 400, 404),
        GenericError("UnrecognizedClientException", 400, 403),
        GenericError("ValidationError", 400, 400),
        GenericError("ValidationException", 400, 400),
        GenericError("BadDigest", 400, 400, _S3),
        GenericError("EntityTooLarge", 400, 400, _S3),
        GenericError("InvalidAccessKeyId", 403, 403, _S3),
        GenericError("InvalidRange", 416, 416, _S3),
        GenericError("MethodNotAllowed", 405, 405, _S3),
        GenericError("NoSuchBucket", 404, 404, _S3),
        GenericError("NoSuchKey", 404, 404, _S3),
        GenericError("NoSuchUpload", 404, 404, _S3),
        GenericError("OperationAborted", 409, 409, _S3),
        GenericError("PreconditionFailed", 412, 412, _S3),
        GenericError("RequestTimeTooSkewed", 403, 403, _S3),
        GenericError("SlowDown", 503, 503, _S3),
    )
}


def generic_errors(service: str) -> tuple[str, ...]:
    """Return the codes that calls to `service` may fail with although no model says so."""
    return tuple(code for code, error in GENERIC_ERRORS.items() if not error.services or service in error.services)
