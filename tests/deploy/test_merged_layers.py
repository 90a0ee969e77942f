"""Layers of a template are in the packages of the functions that use them; other layers are refused with the line."""

import zipfile

import pytest

from harness.deploy.artifacts import Upload
from harness.deploy.merged_layers import merge_layers
from harness.deploy.sources import read_template
from harness.errors import PackagingFailed, TemplateInvalid

TEMPLATE = """
    Resources:
      Base: {Type: AWS::Lambda::LayerVersion, Properties: {Content: {S3Bucket: b, S3Key: packages/base.zip}}}
      More: {Type: AWS::Lambda::LayerVersion, Properties: {Content: {S3Bucket: b, S3Key: packages/more.zip}}}
      Pay:
        Type: AWS::Lambda::Function
        Properties: {Code: {S3Bucket: b, S3Key: packages/pay.zip}, Layers: LAYERS}
      Plain:
        Type: AWS::Lambda::Function
        Properties: {Code: {S3Bucket: b, S3Key: packages/plain.zip}}
"""
CONTENT = {
    "base": {"python/a.py": "base", "python/b.py": "base", "python/c.py": "base", "bin/tool": "base"},
    "more": {"python/lib/python3.12/site-packages/b.py": "more", "nodejs/node_modules/m/i.js": "more"},
    "pay": {"c.py": "pay"},
    "plain": {"d.py": "plain"},
}


@pytest.fixture
def uploads(tmp_path):
    def archive(name, files):
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as made:
            for file, text in files.items():
                made.writestr(file, text)
        return Upload(f"packages/{name}.zip", path)

    return [*(archive(name, files) for name, files in CONTENT.items()), Upload("documents/flow.json", body=b"{}")]


@pytest.fixture
def merge(write, heard, uploads):
    def merge(layers, sent=None):
        source = read_template(write("template.yaml", TEMPLATE.replace("LAYERS", layers)))
        return merge_layers(source, source.document, uploads if sent is None else sent, heard)

    return merge


def packaged(merged, function):
    key = merged.template["Resources"][function]["Properties"]["Code"]["S3Key"]
    (upload,) = [one for one in merged.uploads if one.key == key]
    with zipfile.ZipFile(upload.path) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_function_wins_over_layers_and_the_later_layer_over_the_earlier_when_merged(merge):
    merged = merge("[!Ref Base, !Ref More]")

    assert packaged(merged, "Pay") == {
        "a.py": "base", "b.py": "more", "c.py": "pay", "bin/tool": "base", "node_modules/m/i.js": "more",
    }  # fmt: skip
    assert "Layers" not in merged.template["Resources"]["Pay"]["Properties"]


def test_order_of_layers_decides_when_two_hold_the_same_file(merge):
    assert packaged(merge("[!Ref More, !Ref Base]"), "Pay")["b.py"] == "base"


def test_only_what_the_template_names_is_sent_when_layers_are_merged(merge):
    merged = merge("[!Ref Base]")

    keys = {upload.key for upload in merged.uploads}
    assert {"packages/base.zip", "packages/plain.zip", "documents/flow.json"} <= keys
    assert "packages/pay.zip" not in keys
    assert packaged(merged, "Plain") == {"d.py": "plain"}


def test_merged_package_is_the_same_when_nothing_changed(merge):
    first, second = merge("[!Ref Base]"), merge("[!Ref Base]")

    assert first.template == second.template


def test_user_hears_of_it_once_a_layer_when_layers_are_merged(merge, heard):
    merge("[!Ref Base, !Ref More]")

    assert [note.split("  ")[:2] for note in heard.of("note")] == [
        ["template.yaml:2", "Base"], ["template.yaml:3", "More"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "layer",
    ["arn:aws:lambda:us-east-1:1:layer:tools:3", "!Ref Plain", '!If [A, !Ref Base, !Ref "AWS::NoValue"]'],
)
def test_layer_is_refused_with_its_line_when_it_is_not_the_templates(merge, layer):
    with pytest.raises(TemplateInvalid, match=r"template\.yaml:4 function Pay uses the layer"):
        merge(f"[{layer}]")


def test_layer_is_refused_when_its_content_was_not_packaged_here(merge, uploads):
    with pytest.raises(TemplateInvalid, match=r"packages/base\.zip was not packaged here"):
        merge("[!Ref Base]", [one for one in uploads if "base" not in one.key])


def test_package_is_refused_when_layers_make_it_too_large(merge, monkeypatch):
    monkeypatch.setattr("harness.deploy.archives.UNZIPPED_BYTES_MAX", 5)

    with pytest.raises(PackagingFailed, match="function Pay with its layers"):
        merge("[!Ref Base]")
