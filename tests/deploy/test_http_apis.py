"""HTTP APIs get their routes as resources for the engine that reads no OpenAPI body."""

import pytest

from harness.deploy.http_apis import expand_http_apis
from harness.deploy.sources import read_template
from harness.deploy.translation import translate

SAM = """
    Transform: AWS::Serverless-2016-10-31
    Conditions: {Admin: !Equals [a, a]}
    Resources:
      Api:
        Type: AWS::Serverless::HttpApi
        Properties:
          CorsConfiguration: {AllowOrigins: ["*"]}
          Auth:
            DefaultAuthorizer: Tokens
            Authorizers:
              Tokens:
                IdentitySource: $request.header.Authorization
                JwtConfiguration: {issuer: https://issuer, audience: [shop]}
      Read:
        Type: AWS::Serverless::Function
        Properties:
          {Runtime: python3.12, Handler: a.b, InlineCode: x, Events: {
            Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: get, Path: "/pay/{id}"}},
            Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: get, Path: /open, Auth: {Authorizer: NONE}}},
            Rest: {Type: HttpApi, Properties: {ApiId: !Ref Api}}}}
      Manage:
        Type: AWS::Serverless::Function
        Condition: Admin
        Properties:
          {Runtime: python3.12, Handler: a.b, InlineCode: x, Events: {
            All: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: any, Path: /admin}}}}
"""


@pytest.fixture
def resources(write):
    source = read_template(write("template.yaml", SAM))
    template = translate(source, source.document, parameters={}, region="us-east-1")
    return expand_http_apis(template)["Resources"]


def of_type(resources, name):
    return {key: one for key, one in resources.items() if one["Type"] == f"AWS::ApiGatewayV2::{name}"}


def test_every_operation_becomes_a_route_when_an_api_is_expanded(resources):
    routes = of_type(resources, "Route").values()

    assert {one["Properties"]["RouteKey"] for one in routes} == {"GET /pay/{id}", "GET /open", "$default", "ANY /admin"}
    for route in routes:
        _, made = route["Properties"]["Target"]["Fn::Join"][1]
        integration = resources[made["Ref"]]["Properties"]
        assert integration["IntegrationType"] == "AWS_PROXY"
        assert integration["PayloadFormatVersion"] == "2.0"
    assert "Body" not in resources["Api"]["Properties"]


def test_authorizer_guards_the_routes_that_ask_for_it_when_expanded(resources):
    ((name, authorizer),) = of_type(resources, "Authorizer").items()
    guarded = {
        one["Properties"]["RouteKey"]: one["Properties"].get("AuthorizerId")
        for one in of_type(resources, "Route").values()
    }

    assert authorizer["Properties"]["JwtConfiguration"] == {"Issuer": "https://issuer", "Audience": ["shop"]}
    assert guarded["GET /pay/{id}"] == {"Ref": name}
    assert guarded["GET /open"] is None


def test_condition_of_a_function_holds_for_its_routes_when_expanded(resources):
    conditions = {one["Properties"]["RouteKey"]: one.get("Condition") for one in of_type(resources, "Route").values()}

    assert (conditions["ANY /admin"], conditions["GET /open"]) == ("Admin", None)


def test_cors_has_the_names_that_the_engine_reads_when_expanded(resources):
    assert resources["Api"]["Properties"]["CorsConfiguration"] == {"allowOrigins": ["*"]}


def test_template_is_unchanged_when_it_has_no_http_api():
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}

    assert expand_http_apis(template) == template
