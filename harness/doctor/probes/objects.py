"""S3: reads see the last write, and a conditional put decides a race."""

from functools import partial

from harness.doctor.examination import Examination, refusals, together
from harness.doctor.probe import broken_unless, probe

RACERS = 6


@probe(
    "s3.conditional-puts",
    "Of racing puts of a new object exactly one succeeds, and reads see it at once",
    does=f"{RACERS} clients put the same new object with If-None-Match, then it is read, listed and replaced",
    documented="the others are refused with PreconditionFailed (or ConditionalRequestConflict); reads are strongly "
    "consistent",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html",
)
def conditional_puts(examination: Examination) -> str:
    client, bucket = examination.client("s3"), examination.name("bucket")
    client.create_bucket(Bucket=bucket)
    examination.after(client.delete_bucket, Bucket=bucket)
    examination.after(client.delete_object, Bucket=bucket, Key="a")
    put = partial(client.put_object, Bucket=bucket, Key="a", IfNoneMatch="*")
    refused = refusals(together([partial(put, Body=str(number).encode()) for number in range(RACERS)]))
    broken_unless(len(refused) == RACERS - 1, f"{RACERS - len(refused)} of {RACERS} racing puts succeeded")
    allowed = {"PreconditionFailed", "ConditionalRequestConflict"}
    broken_unless(set(refused) <= allowed, f"a race was refused with {set(refused)}")
    client.put_object(Bucket=bucket, Key="a", Body=b"second")
    body = client.get_object(Bucket=bucket, Key="a")["Body"].read()
    broken_unless(body == b"second", f"a read after a put gave {body!r}")
    listed = [one["Key"] for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    broken_unless(listed == ["a"], f"a list after a put gave {listed}")
    return "one winner; reads and lists see the last write"
