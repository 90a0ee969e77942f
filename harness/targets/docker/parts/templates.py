"""A companion's template by its address in S3: read from where it was put, because the engine has a store of its own.

LocalStack keeps what deployments upload; so a request with `TemplateURL` is sent on with `TemplateBody`. An object that
can't be read is left to the engine, which says that the template is not found. Source: CloudFormation's API reference,
"CreateStack" (documented). Understands addresses with the bucket in the path or in the host's first label.
"""

import logging
from urllib.parse import quote, unquote, urlencode, urlsplit

from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import Upstream
from harness.targets.docker.parts.invoking import own_call, whole

logger = logging.getLogger(__name__)


async def with_template(call: Call, storage: Upstream) -> None:
    """Replace the address of a template in a CloudFormation request by its text, read from `storage`."""
    document = call.document
    if not isinstance(document, dict) or not document.get("TemplateURL") or document.get("TemplateBody"):
        return
    text = await _read(str(document["TemplateURL"]), call.namespace, storage)
    if text is not None:
        given = {name: value for name, value in document.items() if name != "TemplateURL"}
        call.replace_body(urlencode({**given, "TemplateBody": text}).encode())


async def _read(url: str, namespace: Namespace, storage: Upstream) -> str | None:
    bucket, key = bucket_and_key(url)
    answer: Answer = await storage(own_call("s3", namespace, "GET", f"/{quote(bucket)}/{quote(key)}"))
    body = await whole(answer)
    if answer.status == 200:
        return body.decode()
    logger.warning("template %s was not read: status %d", url, answer.status)
    return None


def bucket_and_key(url: str) -> tuple[str, str]:
    """Return the bucket and the key that an address in S3 names."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
    bucket, found, _ = host.partition(".s3")
    if found:
        return bucket, path
    bucket, _, key = path.partition("/")
    return bucket, key
