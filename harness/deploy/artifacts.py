"""Local files that a template names: they become archives and objects in S3, and the template names those instead.

The same properties as in `aws cloudformation package` and `sam package`. Leaves out container images, nested
applications and other people's stacks: a local path there is an error that says so.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.deploy.cache import content_key
from harness.deploy.dependencies import BuildPlatform
from harness.deploy.packaging import Package, build_package
from harness.deploy.progress import OnProgress, Progress
from harness.deploy.sources import Source, read_document, shown_path
from harness.errors import TemplateInvalid

_REMOTE = re.compile(r"[a-z0-9]+://", re.IGNORECASE)

# type → property that names a code folder or archive, and how the place in S3 is written there.
_CODE = {
    "AWS::Serverless::Function": ("CodeUri", "url"),
    "AWS::Serverless::LayerVersion": ("ContentUri", "url"),
    "AWS::Lambda::Function": ("Code", "S3Bucket"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Bucket"),
}
# type → property that names a YAML or JSON document.
_DOCUMENTS = {
    "AWS::Serverless::StateMachine": ("DefinitionUri", "url"),
    "AWS::Serverless::Api": ("DefinitionUri", "url"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "url"),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Bucket"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Bucket"),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Bucket"),
}
_UNSUPPORTED = {
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
_LAYERS = frozenset({"AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"})


@dataclass(frozen=True, slots=True)
class Upload:
    """One object for the artifacts bucket: a file's content, or `body`."""

    key: str
    path: Path | None = None
    body: bytes = b""

    def content(self) -> bytes:
        """Return the object's bytes."""
        return self.path.read_bytes() if self.path is not None else self.body


@dataclass(frozen=True)
class PackagedTemplate:
    """A template without local files, and the objects that it now names; `documents` are those parsed, by key."""

    document: dict[str, Any]
    uploads: tuple[Upload, ...]
    documents: dict[str, Any]


class Packager:
    """Package everything that one template names. `lambda_runtime` builds for real Lambda, not for this interpreter.

    `machine` is the architecture that all functions run on, None for each its own; `python` says from a function's
    Python version which one it runs under.
    """

    def __init__(
        self,
        source: Source,
        bucket: str,
        *,
        lambda_runtime: bool,
        on_progress: OnProgress,
        machine: str | None = None,
        python: Callable[[str], str] = str,
    ) -> None:
        self._source = source
        self._bucket = bucket
        self._lambda_runtime = lambda_runtime
        self._machine = machine
        self._python = python
        self._on_progress = on_progress
        self._document = copy.deepcopy(source.document)
        self._uploads: dict[str, Upload] = {}
        self._documents: dict[str, Any] = {}
        self._packages: dict[tuple[Path, BuildPlatform, str], Package] = {}

    def package(self) -> PackagedTemplate:
        """Package; raises PackagingFailed or TemplateInvalid."""
        self._spread_global_code()
        for name, resource in self._resources():
            properties = resource["Properties"]
            self._refuse_unsupported(name, resource["Type"], properties)
            if resource["Type"] in _CODE:
                self._replace_code(name, resource, properties)
            elif resource["Type"] in _DOCUMENTS:
                self._replace_document(name, resource["Type"], properties)
        for location, parameters in list(_includes(self._document, ())):
            self._replace_include(location, parameters)
        return PackagedTemplate(self._document, tuple(self._uploads.values()), self._documents)

    def _spread_global_code(self) -> None:
        code = (self._source.section("Globals").get("Function") or {}).get("CodeUri")
        if not _is_local(code):
            return
        del self._document["Globals"]["Function"]["CodeUri"]
        for _, resource in self._resources():
            own = resource["Properties"].keys() & {"CodeUri", "InlineCode", "ImageUri"}
            if resource["Type"] == "AWS::Serverless::Function" and not own:
                resource["Properties"]["CodeUri"] = code

    def _resources(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, resource in self._document["Resources"].items():
            if isinstance(resource, dict):
                resource["Properties"] = resource.get("Properties") or {}
                yield name, resource

    def _refuse_unsupported(self, name: str, resource_type: str, properties: dict[str, Any]) -> None:
        prop = _UNSUPPORTED.get(resource_type)
        if prop and _is_local(properties.get(prop)):
            where = self._source.at("Resources", name, "Properties", prop)
            raise TemplateInvalid(
                f"{where} {name} nests the template {properties[prop]}, which Rehearsal does not package",
                remedy="deploy that template as a system of its own, or give the address of an uploaded template",
            )

    def _replace_code(self, name: str, resource: dict[str, Any], properties: dict[str, Any]) -> None:
        prop, form = _CODE[resource["Type"]]
        if not _is_local(properties.get(prop)):
            return
        path = self._path(name, prop, properties[prop])
        build = self._platform(name, resource)
        layer = resource["Type"] in _LAYERS
        built_layer = layer and str((resource.get("Metadata") or {}).get("BuildMethod", "")).startswith("python")
        below = "python/" if built_layer else ""
        package = self._package(path, build, dependencies=built_layer or not layer, below=below)
        key = f"packages/{package.key}.zip"
        self._uploads[key] = Upload(key, package.path)
        properties[prop] = self._place(key, form)

    def _package(self, path: Path, build: BuildPlatform, *, dependencies: bool, below: str) -> Package:
        known = (path.resolve(), build, below)
        if known not in self._packages:
            package = build_package(
                path, build, with_dependencies=dependencies, below=below, on_progress=self._on_progress
            )
            self._packages[known] = package
            self._on_progress(Progress("package", shown_path(path), "built" if package.built else "unchanged"))
        return self._packages[known]

    def _platform(self, name: str, resource: dict[str, Any]) -> BuildPlatform:
        here = BuildPlatform.of_this_interpreter()
        defaults = self._source.section("Globals").get("Function") or {}
        properties = {**defaults, **resource["Properties"]}
        runtime = properties.get("Runtime")
        if not isinstance(runtime, str) or not runtime.startswith("python"):
            return here
        version = runtime.removeprefix("python")
        if self._lambda_runtime:
            architectures = properties.get("Architectures") or ["x86_64"]
            return BuildPlatform(self._python(version), self._machine or str(architectures[0]))
        if version != here.python_version:
            where = self._source.at("Resources", name, "Properties", "Runtime")
            words = f"runs under Python {here.python_version}, the interpreter of Rehearsal, not {runtime}"
            self._on_progress(Progress("note", f"{where}  {name}", words))
        return here

    def _replace_document(self, name: str, resource_type: str, properties: dict[str, Any]) -> None:
        prop, form = _DOCUMENTS[resource_type]
        if _is_local(properties.get(prop)):
            key = self._add_document(self._path(name, prop, properties[prop]))
            properties[prop] = self._place(key, form)

    def _replace_include(self, location: tuple[str | int, ...], parameters: dict[str, Any]) -> None:
        if not _is_local(parameters.get("Location")):
            return
        path = self._source.directory / parameters["Location"]
        if not path.is_file():
            where = self._source.at(*location)
            raise TemplateInvalid(f"{where} includes {parameters['Location']}, expected that file to be there")
        parameters["Location"] = self._place(self._add_document(path), "url")

    def _add_document(self, path: Path) -> str:
        document = read_document(path)
        # As JSON, which every service and emulator reads; some of them read no YAML.
        body = json.dumps(document, indent=1).encode()
        key = f"documents/{content_key(body)}.json"
        self._uploads[key] = Upload(key, body=body)
        self._documents[key] = document
        return key

    def _path(self, name: str, prop: str, value: str) -> Path:
        path = self._source.directory / value
        if not path.exists():
            where = self._source.at("Resources", name, "Properties", prop)
            raise TemplateInvalid(f"{where} {name} has {prop} {value}, expected that file or folder to be there")
        return path

    def _place(self, key: str, form: str) -> Any:
        if form == "url":
            return f"s3://{self._bucket}/{key}"
        return {form: self._bucket, form.replace("Bucket", "Key"): key}


def _is_local(value: object) -> bool:
    return isinstance(value, str) and not _REMOTE.match(value)


def _includes(value: Any, location: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    if isinstance(value, dict):
        macro = value.get("Fn::Transform")
        if isinstance(macro, dict) and macro.get("Name") == "AWS::Include" and "Parameters" in macro:
            yield location, macro["Parameters"]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _includes(child, (*location, key))
