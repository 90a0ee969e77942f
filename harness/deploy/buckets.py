"""The bucket that holds what a deployment uploads. Objects are named by content: what is there is never sent again."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.deploy.artifacts import Upload
from harness.deploy.progress import OnProgress, Progress
from harness.errors import PackagingFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def artifacts_bucket(account_id: str) -> str:
    """Return the name of the artifacts bucket of an account."""
    return f"rehearsal-artifacts-{account_id}"


def upload_all(client: "S3Client", bucket: str, region: str, uploads: Iterable[Upload], on_progress: OnProgress) -> None:
    """Make the bucket and put every object that isn't there; raises PackagingFailed with the service's own words."""
    from botocore.exceptions import ClientError

    try:
        _ensure(client, bucket, region)
        for upload in uploads:
            if not _is_there(client, bucket, upload.key):
                body = upload.content()
                client.put_object(Bucket=bucket, Key=upload.key, Body=body)
                on_progress(Progress("upload", upload.key, "uploaded", f"{len(body) / 1024:.0f} KB"))
    except ClientError as error:
        raise PackagingFailed(
            f"bucket {bucket} did not take an upload: {error.response['Error'].get('Message') or error}",
            remedy="the name is reserved for Rehearsal's artifacts: the account must own it and allow s3:PutObject",
        ) from error


def _ensure(client: "S3Client", bucket: str, region: str) -> None:
    from botocore.exceptions import ClientError

    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        # us-east-1 is the one region that must not be named (documented).
        if region == "us-east-1":
            client.create_bucket(Bucket=bucket)
        else:
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]


def _is_there(client: "S3Client", bucket: str, key: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
        return False
    return True
