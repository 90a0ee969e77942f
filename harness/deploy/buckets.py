"""The bucket that holds what a deployment uploads. Objects are named by content: what is there is never sent again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.deploy.artifacts import Upload
from harness.deploy.progress import OnProgress, Progress
from harness.errors import PackagingFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NOBODY: Any = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
_ENCRYPTED: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
# Longer than any run lasts; a bucket that was forgotten costs nothing for long.
_SHORT_LIVED: Any = {
    "Rules": [
        {
            "ID": "rehearsal",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": 14},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
}


def artifacts_bucket(account_id: str, region: str) -> str:
    """Return the name of the artifacts bucket of an account; Lambda takes code from its own region only."""
    name = f"rehearsal-artifacts-{account_id}"
    return name if region == "us-east-1" else f"{name}-{region}"


@dataclass(frozen=True)
class Store:
    """The artifacts bucket. Every call names its owner: a stranger who took the predictable name gets no code."""

    client: "S3Client"
    bucket: str
    account_id: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def put_all(self, uploads: Iterable[Upload], on_progress: OnProgress) -> None:
        """Make the bucket and put every object that isn't there; raises PackagingFailed with the service's words."""
        from botocore.exceptions import ClientError

        try:
            self._ensure()
            for upload in uploads:
                if not self._exists(partial(self.client.head_object, Key=upload.key, **self._owned())):
                    body = upload.content()
                    self.client.put_object(Key=upload.key, Body=body, **self._owned())
                    on_progress(Progress("upload", upload.key, "uploaded", f"{len(body) / 1024:.0f} KB"))
        except ClientError as error:
            raise PackagingFailed(
                f"bucket {self.bucket} took no upload: {error.response['Error'].get('Message') or error}",
                remedy="the name is Rehearsal's: the account must own the bucket and allow s3:PutObject in it",
            ) from error

    def _ensure(self) -> None:
        if self._exists(partial(self.client.head_bucket, **self._owned())):
            return
        # us-east-1 is the one region that must not be named (documented).
        place: Any = {} if self.region == "us-east-1" else {"LocationConstraint": self.region}
        self.client.create_bucket(Bucket=self.bucket, **({"CreateBucketConfiguration": place} if place else {}))
        if self.tags:
            self._close()

    def _close(self) -> None:
        """Keep a run's bucket from everybody else, and its objects from being forgotten there."""
        client, owned = self.client, self._owned()
        client.put_public_access_block(**owned, PublicAccessBlockConfiguration=_NOBODY)
        client.put_bucket_encryption(**owned, ServerSideEncryptionConfiguration=_ENCRYPTED)
        client.put_bucket_lifecycle_configuration(**owned, LifecycleConfiguration=_SHORT_LIVED)
        tag_set: Any = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        client.put_bucket_tagging(**owned, Tagging={"TagSet": tag_set})

    def _owned(self) -> Any:
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.account_id}

    @staticmethod
    def _exists(head: Callable[[], object]) -> bool:
        from botocore.exceptions import ClientError

        try:
            head()
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket", "NoSuchKey"):
                raise
            return False
        return True
