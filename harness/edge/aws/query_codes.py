"""The error codes and statuses of SQS, which its model has lost since it moved from the query to the JSON protocol.

AWS sends them on in `x-amzn-query-error`. Source: the `awsQueryError` traits of SQS's Smithy
model, as AWS's SDK for JavaScript carries them (documented); errors that are not listed have none.
"""

_LONG = "AWS.SimpleQueueService."

QUERY_CODES: dict[tuple[str, str], tuple[str, int]] = {
    ("sqs", "BatchEntryIdsNotDistinct"): (f"{_LONG}BatchEntryIdsNotDistinct", 400),
    ("sqs", "BatchRequestTooLong"): (f"{_LONG}BatchRequestTooLong", 400),
    ("sqs", "EmptyBatchRequest"): (f"{_LONG}EmptyBatchRequest", 400),
    ("sqs", "InvalidAddress"): ("InvalidAddress", 404),
    ("sqs", "InvalidBatchEntryId"): (f"{_LONG}InvalidBatchEntryId", 400),
    ("sqs", "InvalidSecurity"): ("InvalidSecurity", 403),
    ("sqs", "KmsAccessDenied"): ("KMS.AccessDeniedException", 400),
    ("sqs", "KmsDisabled"): ("KMS.DisabledException", 400),
    ("sqs", "KmsInvalidKeyUsage"): ("KMS.InvalidKeyUsageException", 400),
    ("sqs", "KmsInvalidState"): ("KMS.InvalidStateException", 400),
    ("sqs", "KmsNotFound"): ("KMS.NotFoundException", 400),
    ("sqs", "KmsOptInRequired"): ("KMS.OptInRequired", 403),
    ("sqs", "KmsThrottled"): ("KMS.ThrottlingException", 400),
    ("sqs", "MessageNotInflight"): (f"{_LONG}MessageNotInflight", 400),
    ("sqs", "OverLimit"): ("OverLimit", 403),
    ("sqs", "PurgeQueueInProgress"): (f"{_LONG}PurgeQueueInProgress", 403),
    ("sqs", "QueueDeletedRecently"): (f"{_LONG}QueueDeletedRecently", 400),
    ("sqs", "QueueDoesNotExist"): (f"{_LONG}NonExistentQueue", 400),
    ("sqs", "QueueNameExists"): ("QueueAlreadyExists", 400),
    ("sqs", "ReceiptHandleIsInvalid"): ("ReceiptHandleIsInvalid", 404),
    ("sqs", "RequestThrottled"): ("RequestThrottled", 403),
    ("sqs", "ResourceNotFoundException"): ("ResourceNotFoundException", 404),
    ("sqs", "TooManyEntriesInBatchRequest"): (f"{_LONG}TooManyEntriesInBatchRequest", 400),
    ("sqs", "UnsupportedOperation"): (f"{_LONG}UnsupportedOperation", 400),
}
