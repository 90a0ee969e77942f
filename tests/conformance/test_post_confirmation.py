"""Confirming a Cognito user calls the pool's PostConfirmation function, once, with the user's attributes."""

import json
from typing import Any

import pytest

from harness.waiting import wait_until
from tests.conformance.cloud import Cloud

PRINTS = "import json\n\n\ndef handler(event, context):\n    print('EVENT', json.dumps(event))\n    return event\n"
RAISES = "def handler(event, context):\n    raise ValueError('tenant is full')\n"


def signed_up(cloud: Cloud, function_arn: str) -> tuple[str, str]:
    """Make a pool whose trigger is the function, and an unconfirmed user `ada`; return the ids of pool and client."""
    pool = cloud.cognito.create_user_pool(PoolName=cloud.name("pool"), LambdaConfig={"PostConfirmation": function_arn})[
        "UserPool"
    ]["Id"]
    client = cloud.cognito.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
    cloud.cognito.sign_up(
        ClientId=client,
        Username="ada",
        Password="Secret-Word-1",
        UserAttributes=[{"Name": "email", "Value": "ada@example.com"}],
    )
    return pool, client


def printed_event(cloud: Cloud, function_arn: str) -> dict[str, Any]:
    def event() -> str | None:
        return next((line for line in cloud.printed(function_arn) if line.startswith("EVENT ")), None)

    printed: dict[str, Any] = json.loads(wait_until("the trigger has printed", event, within_s=0.5)[len("EVENT ") :])
    return printed


@pytest.mark.mended("post_confirmation")
def test_trigger_is_called_when_an_administrator_confirms(cloud: Cloud) -> None:
    function = cloud.function(PRINTS)
    pool, _ = signed_up(cloud, function)

    cloud.cognito.admin_confirm_sign_up(UserPoolId=pool, Username="ada")

    event = printed_event(cloud, function)
    assert (event["triggerSource"], event["userPoolId"]) == ("PostConfirmation_ConfirmSignUp", pool)
    assert event["userName"] == "ada"
    assert event["request"]["userAttributes"]["email"] == "ada@example.com"
    assert event["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"


@pytest.mark.mended("post_confirmation")
def test_trigger_is_called_when_the_user_confirms(cloud: Cloud) -> None:
    function = cloud.function(PRINTS)
    pool, client = signed_up(cloud, function)

    cloud.cognito.confirm_sign_up(ClientId=client, Username="ada", ConfirmationCode="123456")

    event = printed_event(cloud, function)
    assert (event["triggerSource"], event["userPoolId"]) == ("PostConfirmation_ConfirmSignUp", pool)
    assert event["callerContext"]["clientId"] == client


@pytest.mark.mended("post_confirmation")
def test_user_stays_confirmed_when_the_trigger_fails(cloud: Cloud) -> None:
    pool, _ = signed_up(cloud, cloud.function(RAISES))

    with pytest.raises(cloud.cognito.exceptions.UserLambdaValidationException, match="tenant is full"):
        cloud.cognito.admin_confirm_sign_up(UserPoolId=pool, Username="ada")

    user = cloud.cognito.admin_get_user(UserPoolId=pool, Username="ada")
    assert user["UserStatus"] == "CONFIRMED"


@pytest.mark.mended("post_confirmation")
def test_confirmation_is_refused_when_the_user_is_confirmed(cloud: Cloud) -> None:
    pool, _ = signed_up(cloud, cloud.function(PRINTS))
    cloud.cognito.admin_confirm_sign_up(UserPoolId=pool, Username="ada")

    with pytest.raises(cloud.cognito.exceptions.NotAuthorizedException):
        cloud.cognito.admin_confirm_sign_up(UserPoolId=pool, Username="ada")
