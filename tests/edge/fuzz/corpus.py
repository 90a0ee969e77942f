"""Requests that are wrong in one way each, as bytes on the wire. The names say how."""

from tests.edge.fuzz.subject import TABLE

SCOPE = b"test/20260101/us-east-1/%s/aws4_request"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
CBOR = b"Smithy-Protocol: rpc-v2-cbor\r\n"


def request(
    body: bytes = b"{}",
    operation: bytes = b"PutItem",
    *,
    service: bytes = b"dynamodb",
    path: bytes = b"/",
    method: bytes = b"POST",
    headers: bytes = b"",
    length: bytes | None = None,
    scope: bytes | None = None,
) -> bytes:
    """Return a signed request, right but for what is given."""
    scope = SCOPE % service if scope is None else scope
    target = b"X-Amz-Target: DynamoDB_20120810.%s\r\n" % operation if operation else b""
    return (
        b"%s %s HTTP/1.1\r\nHost: localhost\r\n" % (method, path)
        + b"Authorization: AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=host, Signature=00\r\n" % scope
        + target
        + headers
        + b"Content-Length: %s\r\n\r\n" % (b"%d" % len(body) if length is None else length)
        + body
    )


def item(rest: bytes) -> bytes:
    """Return a PutItem whose item has this beside its key."""
    return request(b'{"TableName":"%s","Item":{"ID":{"S":"f"},%s}}' % (TABLE.encode(), rest))


def plain(text: bytes, *, body: bytes = b"") -> bytes:
    """Return an unsigned request of these header lines."""
    return b"POST / HTTP/1.1\r\nHost: localhost\r\n" + text + b"\r\n" + body


WIRE = {
    "noise": b"\x00\x01\x02\xff" * 10,
    "TLS hello": bytes.fromhex("16030100a5010000a1030301020304"),
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "line feeds alone": b"GET / HTTP/1.1\nHost: a\n\n",
    "unknown method": request(method=b"FOO"),
    "CONNECT": b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS *": request(method=b"OPTIONS", path=b"*"),
    "absolute target": request(method=b"GET", path=b"http://elsewhere.example/_rehearsal/health", operation=b""),
    "long path": request(path=b"/" + b"a" * 70_000),
    "bytes in path": request(path=b"/\xff\xfe"),
    "bytes in query": request(path=b"/?\xff=\xfe"),
    "wrong percent-encoding": request(path=b"/%ff%fe%zz%"),
    "encoded line end in path": request(path=b"/%00%0d%0aX: y"),
    "nonsense in query": request(path=b"/?%ff=%zz&X-Amz-Credential=%2f%2f%2f%2f&&&="),
    "no header name": plain(b": a\r\n"),
    "space before colon": plain(b"X-A : b\r\n"),
    "folded header": plain(b"X-A: b\r\n c\r\n"),
    "two lengths": plain(b"Content-Length: 2\r\nContent-Length: 3\r\n", body=b"{}"),
    "length and chunks": plain(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", body=b"0\r\n\r\n"),
    "unknown transfer encoding": plain(b"Transfer-Encoding: xchunked\r\n", body=b"{}"),
    "no chunk size": plain(b"Transfer-Encoding: chunked\r\n", body=b"zz\r\n"),
    "negative chunk": plain(b"Transfer-Encoding: chunked\r\n", body=b"-1\r\n\r\n"),
    "endless chunk": plain(b"Transfer-Encoding: chunked\r\n", body=b"ffffffffffffffff\r\n" + b"a" * 1000),
    "chunk without end": plain(b"Transfer-Encoding: chunked\r\n", body=b"5\r\nabc"),
    "length beyond all numbers": request(length=b"9" * 5000),
    "length of exabytes": request(length=b"9000000000000000000"),
    "negative length": request(length=b"-1"),
    "length larger than body": request(length=b"1000"),
    "length smaller than body": request(b'{"TableName":"x"}', length=b"3"),
    "expects 100": request(headers=b"Expect: 100-continue\r\n"),
    "many headers": request(headers=b"".join(b"X-%d: 1\r\n" % number for number in range(20_000))),
    "websocket without key": plain(b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    "websocket to nowhere": plain(
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    ),
    "pipeline": request(b'{"TableName":"%s","Item":{"ID":{"S":"p"}}}' % TABLE.encode()) * 30,
    "pipeline with a break": request() + b"\x00\x00" + request(),
}

HEADERS = {
    "bytes in headers": request(headers=b"X-A: \xff\xfe\xe4\r\n"),
    "bytes in trace": request(headers=b"X-Amzn-Trace-Id: Root=\xff\xfe;Parent=\xc3\x28\r\n"),
    "long trace": request(headers=b"X-Amzn-Trace-Id: Root=" + b"a" * 60_000 + b"\r\n"),
    "nonsense trace": request(headers=b"X-Amzn-Trace-Id: ;;=;Root;Root=;Sampled=\r\n"),
    "two targets": request(headers=b"X-Amz-Target: \xff.\xfe\r\n"),
    "target without operation": request(operation=b""),
    "unknown operation": request(operation=b"Nothing"),
    "short scope": request(scope=b"a/b"),
    "empty scope": request(scope=b"/////////"),
    "long scope": request(scope=b"x" * 20_000 + b"/20260101/us-east-1/dynamodb/aws4_request"),
    "path in scope": request(scope=b"../../20260101/../../dynamodb/aws4_request"),
    "bytes in scope": request(scope=b"\xff/20260101/\xfe/\xfd/aws4_request"),
    "unknown service": request(scope=b"test/20260101/us-east-1/nothing/aws4_request"),
    "gzip that is none": request(b"\x1f\x8bnothing", headers=b"Content-Encoding: gzip\r\n"),
    "two hosts": b"GET /_rehearsal/health HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n",
    "no host": b"GET /_rehearsal/health HTTP/1.1\r\n\r\n",
    "HTTP/1.0": b"GET /_rehearsal/health HTTP/1.0\r\nHost: localhost\r\n\r\n",
}

JSON = {
    "no body": request(b""),
    "invalid UTF-8": request(b'{"TableName":"\xff\xfe"}'),
    "half a surrogate": item(b'"x":{"S":"\\ud800"}'),
    "null character": item(b'"x":{"S":"\\u0000"}'),
    "NaN": item(b'"x":{"N":NaN}'),
    "infinity": item(b'"x":{"N":-Infinity}'),
    "number of 6000 digits": item(b'"x":{"N":%s}' % (b"9" * 6000)),
    "text number of 6000 digits": item(b'"x":{"N":"%s"}' % (b"9" * 6000)),
    "exponent": item(b'"x":{"N":"1e999999999"}'),
    "array": request(b"[1,2]"),
    "string": request(b'"x"'),
    "null": request(b"null"),
    "number": request(b"1"),
    "cut off": request(b'{"TableName":"fu'),
    "two documents": request(b"{}{}"),
    "same name twice": request(b'{"TableName":"a","TableName":["b"]}'),
    "arrays in arrays": request(b"[" * 100_000),
    "objects in objects": request(b'{"a":' * 100_000),
    "300 levels": item(b'"x":' + b'{"L":[' * 300 + b"]}" * 300),
    "900 levels": item(b'"x":' + b'{"L":[' * 450 + b"]}" * 450),
    "3000 levels": item(b'"x":' + b'{"L":[' * 3000 + b"]}" * 3000),
    "object for a table": request(b'{"TableName":{"a":1},"Item":[]}'),
    "array for a table": request(b'{"TableName":["x"]}', b"DescribeTimeToLive"),
    "text for an item": request(b'{"TableName":"%s","Item":"x"}' % TABLE.encode()),
    "text for a value": item(b'"x":"y"'),
    "null for a value": item(b'"x":null'),
    "array for a setting": request(b'{"TableName":"fuzzed","TimeToLiveSpecification":[]}', b"UpdateTimeToLive"),
    "numbers for a setting": request(
        b'{"TableName":{},"TimeToLiveSpecification":{"Enabled":1,"AttributeName":[]}}', b"UpdateTimeToLive"
    ),
    "text for a list": request(b'{"TransactItems":"x"}', b"TransactWriteItems"),
    "nulls in a list": request(b'{"TransactItems":[null,{"Put":null}]}', b"TransactWriteItems"),
    "array for a batch": request(b'{"RequestItems":[]}', b"BatchWriteItem"),
    "text in a batch": request(b'{"RequestItems":{"%s":"x"}}' % TABLE.encode(), b"BatchWriteItem"),
    "number for a statement": request(b'{"Statement":7}', b"ExecuteStatement"),
    "statement that is none": request(b'{"Statement":"DROP TABLE \'\xe2\x82\xac"}', b"ExecuteStatement"),
    "array for a stream": request(b'{"ShardIterator":["x"]}', b"GetRecords"),
    "object for a restore": request(
        b'{"SourceTableName":{},"TargetTableName":[],"RestoreDateTime":"x"}', b"RestoreTableToPointInTime"
    ),
}

OTHERS = {
    "form of another encoding": request(b"Action=%ff&Version=&Action=x&%", b"", service=b"sts", headers=FORM),
    "form without action": request(b"====&&&", b"", service=b"sqs", headers=FORM),
    "XML that is none": request(b"<a", b"", service=b"s3", path=b"/bucket?delete"),
    "key of any bytes": request(b"x", b"", service=b"s3", path=b"/bucket/%ff%00", method=b"PUT"),
    "encoded slashes": request(b"{", b"", service=b"lambda", path=b"/2015-03-31/functions/%2f%2f/invocations"),
    "machine that is none": request(b'{"stateMachineArn":[],"name":{}}', b"StartExecution", service=b"states"),
    "CBOR that is none": request(b"\xff", b"", service=b"monitoring", path=b"/service/X/operation/Y", headers=CBOR),
}  # fmt: skip

ADMIN = {
    "deep": request(b"[" * 100_000, b"", path=b"/_rehearsal/faults"),
    "invalid UTF-8": request(b'{"a":"\xff"}', b"", path=b"/_rehearsal/faults"),
    "path above": request(b"{}", b"", path=b"/_rehearsal/../_rehearsal//faults/%2e%2e"),
    "bytes in query": request(b"", b"", path=b"/_rehearsal/calls?limit=%ff&after=%00&since=%zz", method=b"GET"),
    "numbers in query": request(b"", b"", path=b"/_rehearsal/calls?limit=" + b"9" * 5000, method=b"GET"),
    "endless body": b"PUT /_rehearsal/ttl HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"10000\r\n" + b"x" * 65_536 + b"\r\n",
}  # fmt: skip

ALL = {
    f"{kind}: {name}": data
    for kind, cases in (("wire", WIRE), ("headers", HEADERS), ("json", JSON), ("others", OTHERS), ("admin", ADMIN))
    for name, data in cases.items()
}
