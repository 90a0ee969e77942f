"""Secrets as a real Secrets Manager answers for them (moto's)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from harness.edge.http import HttpUpstream
from harness.targets.rds_data import RdsData
from tests.edge.standing import moto_server
from tests.targets.rds_data.conftest import ACCOUNT, REGION, DataApi, client_of, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def secrets(moto: str) -> Any:
    access = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "test", "region_name": REGION}
    return boto3.client("secretsmanager", endpoint_url=moto, **access)


@pytest.fixture
def guarded(moto: str, api: DataApi) -> Iterator[DataApi]:
    """Give a Data API that looks secrets up."""
    with serving(RdsData(api.server_url, HttpUpstream(moto))) as server:
        yield replace(api, client=client_of(server.url))


def test_call_is_served_when_its_secret_can_log_in(guarded: DataApi, secrets: Any) -> None:
    name = f"good-{guarded.cluster}"
    made = secrets.create_secret(Name=name, SecretString='{"username": "u", "password": "p"}')["ARN"]

    for secret in (made, made):
        where = {**guarded.where, "secretArn": secret}
        assert guarded.client.execute_statement(**where, sql="SELECT 1")["records"] == [[{"longValue": 1}]]


def test_call_is_refused_when_its_secret_is_missing_or_no_login(guarded: DataApi, secrets: Any) -> None:
    plain = secrets.create_secret(Name=f"plain-{guarded.cluster}", SecretString="just text")["ARN"]

    with pytest.raises(guarded.client.exceptions.SecretsErrorException, match="ResourceNotFoundException"):
        guarded.run("SELECT 1")
    with pytest.raises(guarded.client.exceptions.InvalidSecretException, match="no JSON object"):
        guarded.client.begin_transaction(**{**guarded.where, "secretArn": plain})
