"""Form fields with nested names."""

import pytest

from mock_gateway.faces.stripe.forms import Form, nested, with_metadata
from mock_gateway.problems import Refused


def test_fields_are_nested() -> None:
    encoded = b"a=1&b[c]=2&b[d][0]=3&b[d][1]=4&e[]=5&e[]=6&f=&metadata%5Bx%20y%5D=%C3%A9"

    assert nested(encoded) == {
        "a": "1",
        "b": {"c": "2", "d": {"0": "3", "1": "4"}},
        "e": {"0": "5", "1": "6"},
        "f": "",
        "metadata": {"x y": "é"},
    }


@pytest.mark.parametrize(
    "encoded",
    [
        *(b"a", b"=1", b"a[b=1", b"a]b=1", b"[a]=1", b"a[][b]=1", b"a=1&a[b]=2", b"a[b]=2&a=1", b"\xff=1", b"a=%ff"),
        *(b"a" + b"[b]" * 6 + b"=1", b"&".join(b"a%d=1" % number for number in range(1_001))),
    ],
)
def test_fields_are_refused_when_they_cannot_be_read(encoded: bytes) -> None:
    with pytest.raises(Refused) as caught:
        nested(encoded)

    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("encoded", "read"),
    [
        (b"a=x", lambda form: form.integer("a")),
        (b"a=%C2%B2", lambda form: form.integer("a")),
        (b"a=yes", lambda form: form.boolean("a")),
        (b"a[" + b"1" * 5_000 + b"]=x", lambda form: form.texts("a")),
        (b"a[b]=1", lambda form: form.text("a")),
        (b"a=1", lambda form: form.child("a")),
        (b"a[x]=1", lambda form: form.texts("a")),
        (b"a[%C2%B2]=1", lambda form: form.texts("a")),
        (b"a[0][b]=1", lambda form: form.texts("a")),
        (b"metadata[a][b]=1", lambda form: form.metadata()),
        (b"metadata[" + b"k" * 41 + b"]=1", lambda form: form.metadata()),
        (b"a=1", lambda form: form.required_text("b")),
        (b"a=", lambda form: form.required_text("a")),
    ],
)
def test_value_is_refused_when_it_is_of_another_type(encoded: bytes, read: object) -> None:
    with pytest.raises(Refused):
        read(Form(nested(encoded)))


def test_what_was_not_read_is_refused_below_too() -> None:
    form = Form(nested(b"a[b]=1&a[c]=2"))
    form.child("a").text("b")

    with pytest.raises(Refused) as caught:
        form.done()

    assert caught.value.error["param"] == "a[c]"


def test_odd_names_are_not_repeated() -> None:
    with pytest.raises(Refused) as caught:
        Form(nested(b"4242424242424242=1")).done()

    assert "4242" not in str(caught.value.error)


def test_metadata_is_merged() -> None:
    document = {"metadata": {"a": "1", "b": "2"}}

    assert with_metadata(document, None) == document
    assert with_metadata(document, {"a": "", "c": "3"})["metadata"] == {"b": "2", "c": "3"}
    assert with_metadata(document, {})["metadata"] == {}
