"""An HTTP/1.1 client for a proxy: bytes in, bytes out, over connections that are kept.

It follows no redirect, unpacks nothing, keeps no cookie and never sends a request twice, because all of that is for
the client in front to decide. It is written on the parser that the server uses as well, since a general client costs
several times as much a call as all rooms of the edge together.
"""

from harness.edge.http.connection import Connection, Response, UpstreamLost
from harness.edge.http.pool import Pool
from harness.edge.http.upstream import HttpUpstream

__all__ = ["Connection", "HttpUpstream", "Pool", "Response", "UpstreamLost"]
