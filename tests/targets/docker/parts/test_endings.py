"""What the parts hold is forgotten on a reset, for one account or for all; their end leaves nothing."""

from pathlib import Path

from tests.targets.docker.parts.serving import Api, Served, serving


def names_of(served: Served, account: str) -> set[str]:
    return {api["ApiId"] for api in served.client("apigatewayv2", account=account).get_apis()["Items"]}


def test_nothing_is_left_when_the_parts_are_reset_and_closed(tmp_path: Path) -> None:
    with serving(tmp_path / "edge") as served:
        one, other = Api(served, "echo", account="111111111111"), Api(served, "echo", account="222222222222")
        served.client("cognito-idp").create_user_pool(PoolName="people")

        served.ask("POST", "/_rehearsal/reset", json={"account": "111111111111"}).raise_for_status()
        assert (names_of(served, "111111111111"), names_of(served, "222222222222")) == (set(), {other.id})
        assert (one.get("/echo").status_code, other.get("/echo").status_code) == (418, 200)

        served.ask("POST", "/_rehearsal/reset").raise_for_status()
        assert names_of(served, "222222222222") == set()
        assert served.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []

    assert served.left == {"threads": [], "files": [], "functions_loaded": False}
