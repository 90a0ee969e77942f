"""SAM templates become CloudFormation templates, by AWS's own translator, on this machine.

The translator and what it imports take most of a second, so a translation is kept in the cache by a hash of all that
it depends on, and nothing is imported when it is found there. Managed policies come from the map that the translator
carries: no call to IAM. Plain CloudFormation templates pass through untouched.
"""

import copy
import importlib.metadata
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.deploy.cache import cached_file, content_key, new_cached_file
from harness.deploy.sources import Source, shown_path
from harness.errors import TemplateInvalid

SAM_TRANSFORM = "AWS::Serverless-2016-10-31"
# Raise when this module makes something else of the same template.
_LAYOUT = "translation-1"
# What SAM names by a hash of the code's place in S3: such a template has to see the true one.
_HASHES_CODE = re.compile("AutoPublishAlias|AWS::Serverless::LayerVersion")
_RESOURCE_IN_WORDS = re.compile(r"(?:Resource|resource) with id \[([^\]]+)\]")
_EVENT_IN_WORDS = re.compile(r"Event with id \[([^\]]+)\]")
_PROPERTY_IN_WORDS = re.compile(r"[Pp]roperty '?([A-Za-z0-9.]+)'?")


def translate(
    source: Source,
    document: Mapping[str, Any],
    *,
    parameters: Mapping[str, str],
    region: str,
    object_keys: Sequence[str] = (),
) -> dict[str, Any]:
    """Return `document` (the packaged content of `source`) as plain CloudFormation.

    `object_keys` are the keys of uploads that `document` names: where only they differ, a kept translation is used.
    Raises TemplateInvalid with the translator's own words, each with its line.
    """
    if not _is_sam(document):
        return dict(document)
    text = json.dumps(document, default=str)
    stand_ins = {} if _HASHES_CODE.search(text) else {key: f"stand-in-{n}" for n, key in enumerate(object_keys)}
    text = _replaced(text, stand_ins)
    originals = {stand_in: key for key, stand_in in stand_ins.items()}
    values = json.dumps(dict(sorted(parameters.items())))
    # Hidden parameters are in this text too, which is why only its hash is kept.
    key = content_key(_LAYOUT, importlib.metadata.version("aws-sam-translator"), region, values, text)
    name = f"{key}.json"
    if (found := cached_file("translations", name)) is not None:
        return _restored(found.read_text(encoding="utf-8"), originals)
    translated = json.dumps(_run_translator(source, json.loads(text), dict(parameters), region))
    # A property that a parameter decides may hold a hidden value after translation: such a template isn't kept.
    if not _has_hidden_parameter(document):
        with new_cached_file("translations", name) as path:
            path.write_text(translated, encoding="utf-8")
    return _restored(translated, originals)


def inline_api_bodies(template: Mapping[str, Any], documents: Mapping[str, Any]) -> dict[str, Any]:
    """Return `template` with API definitions inside instead of in S3, for emulators, which read no `BodyS3Location`.

    Verified against ministack 1.5.33: the property is ignored there and the API has no routes.
    """
    changed = copy.deepcopy(dict(template))
    for resource in changed["Resources"].values():
        properties = resource.get("Properties")
        place = properties.get("BodyS3Location") if isinstance(properties, dict) else None
        if isinstance(place, dict) and place.get("Key") in documents:
            del properties["BodyS3Location"]
            properties["Body"] = documents[place["Key"]]
    return changed


def _is_sam(document: Mapping[str, Any]) -> bool:
    declared = document.get("Transform")
    return SAM_TRANSFORM in (declared if isinstance(declared, list) else [declared])


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        text = text.replace(f'{old}"', f'{new}"')
    return text


def _restored(text: str, originals: Mapping[str, str]) -> dict[str, Any]:
    translated: dict[str, Any] = json.loads(_replaced(text, originals))
    return translated


def _has_hidden_parameter(document: Mapping[str, Any]) -> bool:
    declared = document.get("Parameters") or {}
    return any(str((one or {}).get("NoEcho", "")).lower() == "true" for one in declared.values())


class _BundledPolicies:
    """Stands where the translator expects a loader that asks IAM; its own bundled map answers before this one."""

    def load(self) -> dict[str, str]:
        return {}


def _run_translator(
    source: Source, document: dict[str, Any], parameters: dict[str, str], region: str
) -> dict[str, Any]:
    import boto3
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    other_transforms = _other_transforms(document)
    # What the translator's own `transform` does, plus the region, which that one takes from the machine's environment:
    # without the first step generated names differ from those AWS generates.
    to_py27_compatible_template(document, parameters)
    translator = Translator(None, Parser(), boto_session=boto3.Session(region_name=region))
    try:
        translated = translator.translate(
            document, parameter_values=parameters, get_managed_policy_map=_BundledPolicies().load
        )
    except InvalidDocumentException as error:
        raise _invalid(source, [cause.message for cause in error.causes] or [error.message]) from None
    finally:
        # Goes nowhere; unpublished metrics would be complained about on stderr.
        translator.metrics.publish()
    plain: dict[str, Any] = json.loads(json.dumps(undo_mark_unicode_str_in_template(translated)))
    if other_transforms:
        plain["Transform"] = other_transforms
    return plain


def _other_transforms(document: Mapping[str, Any]) -> list[str]:
    declared = document.get("Transform")
    return [name for name in declared if name != SAM_TRANSFORM] if isinstance(declared, list) else []


def _invalid(source: Source, messages: list[str]) -> TemplateInvalid:
    rows = [f"{_place_of(source, words)}  {words}" for words in messages]
    count = "1 error" if len(rows) == 1 else f"{len(rows)} errors"
    return TemplateInvalid(
        f"{shown_path(source.path)} is not a valid SAM template: {count}", evidence={"sam": "\n".join(rows)}
    )


def _place_of(source: Source, words: str) -> str:
    match = _RESOURCE_IN_WORDS.search(words)
    if not match:
        return shown_path(source.path)
    location: list[str | int] = ["Resources", match[1]]
    if event := _EVENT_IN_WORDS.search(words):
        location += ["Properties", "Events", event[1]]
    if prop := _PROPERTY_IN_WORDS.search(words):
        path = prop[1].removeprefix("Properties.").split(".")
        location += path if event else ["Properties", *path]
    return source.at(*location)
