"""Layers of a template inside the packages of the functions that use them, for a target that applies no layers.

LocalStack's community edition keeps layers and mounts none (4.14.0: it takes the `Layers` property, and nothing of them
is unpacked). Lambda's own order holds: the function's code wins over its layers, a later layer over an earlier one.
Source: AWS Lambda developer guide, "Layers" (documented). Leaves out what only works below /opt: programs in a layer's
`bin`, and code that names /opt itself.
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.deploy.archives import check_size, join_archives
from harness.deploy.artifacts import Upload
from harness.deploy.cache import cached_file, content_key, new_cached_file
from harness.deploy.progress import OnProgress, Progress
from harness.deploy.sources import Source, strings_in
from harness.errors import PackagingFailed, TemplateInvalid

_FUNCTION, _LAYER = "AWS::Lambda::Function", "AWS::Lambda::LayerVersion"
# Where Lambda's runtimes look below /opt → the same place below the function's own folder.
_SEARCHED = re.compile(r"^(?:python/lib/python3\.\d+/site-packages/|python/|nodejs/node\d+/(?=node_modules/)|nodejs/)")
# Raise when the content of a merged package changes for the same parts.
_LAYOUT = "merged-1"
_PACKAGES = "packages/"


@dataclass(frozen=True)
class Merged:
    """A template whose functions have no layers, and all uploads that it names."""

    template: dict[str, Any]
    uploads: tuple[Upload, ...]


def merge_layers(
    source: Source, template: Mapping[str, Any], uploads: Sequence[Upload], on_progress: OnProgress
) -> Merged:
    """Return the plain CloudFormation `template` with the layers of its functions in their packages.

    Raises TemplateInvalid for a layer that is not in the template or was not packaged here, PackagingFailed for one
    that makes a package too large.
    """
    changed = copy.deepcopy(dict(template))
    by_key = {upload.key: upload for upload in uploads}
    users: dict[str, list[str]] = {}
    for name, properties in _functions_with_layers(changed["Resources"]):
        where = f"{source.at_resource(name)} function {name}"
        layers = _layers(where, properties.pop("Layers"), changed["Resources"])
        for layer in layers:
            users.setdefault(layer, []).append(name)
        keys = [_key(where, layer, changed["Resources"][layer]["Properties"].get("Content")) for layer in layers]
        code = _key(where, "its code", properties.get("Code"))
        upload = _merged(where, [_upload(where, by_key, key) for key in (code, *keys)])
        by_key[upload.key] = upload
        properties["Code"]["S3Key"] = upload.key
    for layer, functions in users.items():
        words = f"is merged into the packages of {len(functions)} function(s): the target applies no layers"
        on_progress(Progress("note", f"{source.at_resource(layer)}  {layer}", words))
    # Some packages are no longer named by anything: those aren't sent.
    named = {text for _, text in strings_in(changed)}
    merged = tuple(one for key, one in by_key.items() if not key.startswith(_PACKAGES) or key in named)
    return Merged(changed, merged)


def _functions_with_layers(resources: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in resources.items():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if properties and resource.get("Type") == _FUNCTION and properties.get("Layers"):
            yield name, properties


def _layers(where: str, value: Any, resources: Mapping[str, Any]) -> list[str]:
    """Return the logical ids of a function's layers, in the order in which they are applied."""
    names: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        name = str(one.get("Ref", "")) if isinstance(one, dict) and len(one) == 1 else ""
        if name not in resources or resources[name].get("Type") != _LAYER:
            raise TemplateInvalid(
                f"{where} uses the layer {one}, expected a Ref to one of this template",
                evidence={"target": "it applies no layers; those of the template are merged into packages"},
                remedy="put what it holds into the function's requirements.txt, or make it a layer of the template",
            )
        names.append(name)
    return names


def _key(where: str, what: str, place: Any) -> str:
    key = place.get("S3Key") if isinstance(place, dict) else None
    if not isinstance(key, str):
        raise TemplateInvalid(f"{where} has layers, and {what} is no folder or archive here: they can't be merged")
    return key


def _upload(where: str, by_key: Mapping[str, Upload], key: str) -> Upload:
    if key not in by_key:
        raise TemplateInvalid(f"{where} has layers, and {key} was not packaged here: they can't be merged")
    return by_key[key]


def _merged(where: str, uploads: Sequence[Upload]) -> Upload:
    """Return the package of a function's code, first of `uploads`, over its layers, the rest of them."""
    key = content_key(_LAYOUT, *(upload.key for upload in uploads))
    found = cached_file("packages", f"{key}.zip")
    if found is None:
        code, *layers = [_path(upload) for upload in uploads]
        with new_cached_file("packages", f"{key}.zip") as path:
            join_archives(path, [*((layer, _place_in_function) for layer in layers), (code, str)])
            check_size(path, f"package of {where} with its layers")
        found = cached_file("packages", f"{key}.zip")
    if found is None:
        raise PackagingFailed(f"package of {where} vanished from the cache while it was used")
    return Upload(f"{_PACKAGES}{key}.zip", found)


def _path(upload: Upload) -> Path:
    if upload.path is None:
        raise PackagingFailed(f"upload {upload.key} is no archive, expected a package")
    return upload.path


def _place_in_function(name: str) -> str:
    """Return where a layer's file belongs beside a function's code."""
    return _SEARCHED.sub("", name)
