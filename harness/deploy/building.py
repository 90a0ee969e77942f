"""What can be made of a template without a running environment: its functions' packages, and its translation."""

from dataclasses import asdict, dataclass
from typing import Any

from harness.deploy.artifacts import Packager
from harness.deploy.dependencies import BuildPlatform
from harness.deploy.deployment import system_template
from harness.deploy.packaging import build_package
from harness.deploy.parameters import read_samconfig, resolve_parameters
from harness.deploy.progress import unheard
from harness.deploy.references import check_references
from harness.deploy.sources import read_template
from harness.deploy.translation import translate

_ANY_GATEWAY = "http://127.0.0.1:3000"
_ANY_BUCKET = "validation-only"


@dataclass(frozen=True, slots=True)
class BuiltFunction:
    """One function's package: `function` is its name (or logical id), `path` the archive."""

    function: str
    logical_id: str
    path: str
    size_bytes: int
    built: bool

    def is_named(self, name: str) -> bool:
        """Return whether `name` is the function's, with or without its stack's name before it."""
        return name in (self.function, self.logical_id) or self.function.endswith(f"-{name}")

    def to_json(self) -> dict[str, object]:
        """Return the row as JSON-ready values."""
        return asdict(self)


def build_functions(system: str) -> list[BuiltFunction]:
    """Package every function of a system's template; raises TemplateInvalid or PackagingFailed."""
    source = read_template(system_template(system))
    shared = source.section("Globals").get("Function", {})
    rows = []
    for logical_id, resource in source.section("Resources").items():
        properties = {**shared, **(resource.get("Properties") or {})}
        code = properties.get("CodeUri")
        if resource.get("Type") != "AWS::Serverless::Function" or not isinstance(code, str):
            continue
        package = build_package(source.directory / code, BuildPlatform.of_this_interpreter())
        rows.append(
            BuiltFunction(
                function=_function_name(properties.get("FunctionName"), system) or logical_id,
                logical_id=logical_id,
                path=str(package.path),
                size_bytes=package.path.stat().st_size,
                built=package.built,
            )
        )
    return rows


def translate_system(system: str, *, target: str = "embedded", region: str = "us-east-1") -> dict[str, Any]:
    """Return a system's template as plain CloudFormation; raises TemplateInvalid with the line of what is wrong."""
    source = read_template(system_template(system))
    config = read_samconfig(source.directory / "samconfig.toml", target)
    values = resolve_parameters(source, given={}, config=config, known={"GatewayUrl": _ANY_GATEWAY})
    packaged = Packager(source, _ANY_BUCKET, lambda_runtime=False, on_progress=unheard).package()
    translated = translate(source, packaged.document, parameters=values, region=region)
    check_references(source, translated)
    return translated


def _function_name(value: object, stack_name: str) -> str:
    """Return a function's name as its template gives it, "" when only CloudFormation can tell."""
    text = value.get("Fn::Sub", "") if isinstance(value, dict) else value
    named = str(text or "").replace("${AWS::StackName}", stack_name)
    return "" if "${" in named else named
