"""A request to a deployed API is about the API and its path there, however it is addressed."""

import pytest

from harness.edge.aws.apis import ApiRequest, KnownApi, request_of

KNOWN = {"a1b2": KnownApi("booking", "$default"), "c3d4": KnownApi("payments", "v1")}


@pytest.mark.parametrize(
    ("host", "path", "api", "shown"),
    [
        ("localhost:4566", "/restapis/c3d4/v1/_user_request_/payments/p-1", "payments", "/payments/p-1"),
        ("localhost:4566", "/restapis/c3d4/v1/_user_request_", "payments", "/"),
        ("localhost:4566", "/restapis/zzzz/v1/_user_request_/payments", "zzzz", "/payments"),
        ("localhost:4566", "/_aws/execute-api/c3d4/v1/payments", "payments", "/payments"),
        ("localhost:4566", "/_aws/execute-api/a1b2/$default/bookings", "booking", "/bookings"),
        ("localhost:4566", "/_aws/execute-api/a1b2/bookings/b-1", "booking", "/bookings/b-1"),
        ("a1b2.execute-api.us-east-1.amazonaws.com", "/bookings", "booking", "/bookings"),
        ("c3d4.execute-api.localhost:4566", "/v1/payments", "payments", "/payments"),
        ("zzzz.execute-api.localhost:4566", "/live/payments", "zzzz", "/payments"),
    ],
)
def test_api_and_path_are_read_when_a_request_names_them(host: str, path: str, api: str, shown: str) -> None:
    assert request_of(host, path, KNOWN.get) == ApiRequest(api, shown)


@pytest.mark.parametrize("path", ["/", "/restapis/c3d4", "/restapis/c3d4/resources", "/_aws/lambda-url/abc/x"])
def test_nothing_is_read_when_a_request_is_to_no_api(path: str) -> None:
    assert request_of("localhost:4566", path, KNOWN.get) is None
