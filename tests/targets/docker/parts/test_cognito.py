"""Cognito in the parts calls triggers of the other cloud, and HTTP APIs trust the tokens of its pools."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.ids import new_token
from tests.targets.docker.parts.scripted import OTHER_CLOUD
from tests.targets.docker.parts.serving import ACCOUNT, Api, Served, function_arn

PASSWORD = "Secret-Word-1"


class People:
    """A user pool with an app's client, whose triggers are functions of the other cloud."""

    def __init__(self, served: Served, account: str = ACCOUNT, **triggers: str) -> None:
        self.cognito = served.client("cognito-idp", account=account)
        settings = {"LambdaConfig": {name: function_arn(function) for name, function in triggers.items()}}
        self.pool = self.cognito.create_user_pool(PoolName=f"people-{new_token()}", **settings)["UserPool"]["Id"]
        self.client = self.cognito.create_user_pool_client(
            UserPoolId=self.pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]

    def sign_up(self, name: str) -> None:
        email = {"Name": "email", "Value": f"{name}@example.com"}
        self.cognito.sign_up(ClientId=self.client, Username=name, Password=PASSWORD, UserAttributes=[email])

    def signed_in(self, name: str) -> dict[str, str]:
        asked = {"USERNAME": name, "PASSWORD": PASSWORD}
        answer = self.cognito.initiate_auth(ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=asked)
        tokens: dict[str, str] = answer["AuthenticationResult"]
        return tokens


def test_trigger_of_the_other_cloud_is_called_when_a_user_is_confirmed(served: Served) -> None:
    people, name = People(served, PostConfirmation="echo"), f"ada-{new_token()}"
    people.sign_up(name)

    people.cognito.admin_confirm_sign_up(UserPoolId=people.pool, Username=name)

    (invoked,) = served.invocations(name)
    assert (invoked["name"], invoked["event"]["triggerSource"]) == ("echo", "PostConfirmation_ConfirmSignUp")


def test_user_of_another_account_signs_up_when_the_app_names_its_client(served: Served) -> None:
    people, name = People(served, account="111122223333"), f"ada-{new_token()}"

    people.sign_up(name)
    people.cognito.admin_confirm_sign_up(UserPoolId=people.pool, Username=name)
    me = people.cognito.get_user(AccessToken=people.signed_in(name)["AccessToken"])

    assert me["Username"] == name


@pytest.mark.parametrize("trigger", ["refuses", "unknown", "gone"])
def test_sign_up_fails_when_its_trigger_does(served: Served, trigger: str) -> None:
    people, name = People(served, PreSignUp=trigger), f"ada-{new_token()}"

    with pytest.raises(ClientError) as caught:
        people.sign_up(name)

    assert caught.value.response["Error"]["Code"] == "UserLambdaValidationException"
    assert people.cognito.list_users(UserPoolId=people.pool)["Users"] == []


def guarded_by(served: Served, people: People) -> Api:
    """Return an API whose route `GET /mine` wants a token of the pool."""
    api, apis = Api(served), served.client("apigatewayv2")
    guard = apis.create_authorizer(
        ApiId=api.id,
        Name="people",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={
            "Audience": [people.client],
            "Issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{people.pool}",
        },
    )["AuthorizerId"]
    apis.create_route(
        ApiId=api.id,
        RouteKey="GET /mine",
        Target=api.target("echo"),
        AuthorizationType="JWT",
        AuthorizerId=guard,
    )
    return api


def forged(token: str) -> str:
    """Return a token of somebody else's with the same signature."""
    head, claims, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "==="))
    other = base64.urlsafe_b64encode(json.dumps({**told, "sub": "somebody"}).encode()).decode().rstrip("=")
    return f"{head}.{other}.{signature}"


def test_token_is_trusted_when_the_pool_has_signed_it(served: Served) -> None:
    people, name = People(served), f"ada-{new_token()}"
    people.sign_up(name)
    people.cognito.admin_confirm_sign_up(UserPoolId=people.pool, Username=name)
    api, token = guarded_by(served, people), people.signed_in(name)["IdToken"]

    def ask(given: str) -> Any:
        return api.get("/mine", headers={"authorization": f"Bearer {given}"} if given else {})

    answer = ask(token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:username"] == name
    assert [ask(given).status_code for given in ("", "nonsense", forged(token))] == [401, 401, 401]


def test_keys_are_served_when_the_pool_is_of_the_parts(served: Served) -> None:
    people = People(served)

    keys = served.ask("GET", f"/{people.pool}/.well-known/jwks.json")

    assert keys.json()["keys"][0]["kty"] == "RSA"
    assert served.ask("GET", "/bucket/.well-known/jwks.json").status_code == OTHER_CLOUD
