"""Which botocore models stand behind a SigV4 service name.

Most names are their model's. The others are listed here, because finding them out means reading every model, which
takes seconds; a test compares the list with botocore. Where one name signs for several models, the first is the one
that most calls are for.
"""

MODELS: dict[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "airflow": ("mwaa",),
    "aoss": ("opensearchserverless",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "app-integrations": ("appintegrations",),
    "appconfig": ("appconfig", "appconfigdata"),
    "applicationinsights": ("application-insights",),
    "aps": ("amp",),
    "bedrock": ("bedrock-runtime", "bedrock", "bedrock-agent-runtime", "bedrock-agent"),
    "cassandra": ("keyspaces", "keyspacesstreams"),
    "cloudcontrolapi": ("cloudcontrol",),
    "cloudhsm": ("cloudhsmv2", "cloudhsm"),
    "connect": ("connect", "connect-contact-lens"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "events": ("events", "eventbridgev2"),
    "execute-api": ("apigatewaymanagementapi", "connectparticipant"),
    "forecast": ("forecast", "forecastquery"),
    "geo": ("location",),
    "iotdata": ("iot-data",),
    "ivs": ("ivs", "ivs-realtime"),
    "kinesisanalytics": ("kinesisanalyticsv2", "kinesisanalytics"),
    "lex": ("lexv2-runtime", "lexv2-models", "lex-runtime", "lex-models"),
    "mediastore": ("mediastore", "mediastore-data"),
    "mobiletargeting": ("pinpoint",),
    "monitoring": ("cloudwatch",),
    "payment-cryptography": ("payment-cryptography", "payment-cryptography-data"),
    "personalize": ("personalize", "personalize-runtime", "personalize-events"),
    "profile": ("customer-profiles",),
    "rds": ("rds", "docdb", "neptune"),
    "s3": ("s3", "s3control"),
    "sagemaker": ("sagemaker-runtime", "sagemaker", "sagemaker-featurestore-runtime"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2"),
    "sso": ("sso-admin",),
    "sso-oauth": ("sso-oidc",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-query", "timestream-write"),
}
# Models that sign with a name which has no model of its own are found by it; these are found by theirs as well, so
# that `cloudwatch` and `stepfunctions` say the same as `monitoring` and `states`.
_SIGNING_NAMES = {models[0]: name for name, models in MODELS.items()}


def models_behind(service: str) -> tuple[str, ...]:
    """Return the names of the botocore models that calls signed for `service` may belong to, likeliest first."""
    return MODELS.get(service) or (service,)


def signing_name(service: str) -> str:
    """Return the name that calls to `service` are signed with: `states` for `stepfunctions`."""
    return service if service in MODELS else _SIGNING_NAMES.get(service, service)
