"""Uploads go to a bucket of one's own, once."""

import pytest
from botocore.exceptions import ClientError

from harness.deploy.artifacts import Upload
from harness.deploy.buckets import Store, artifacts_bucket
from harness.errors import PackagingFailed


class FakeS3:
    """Buckets by name with their owner; keys that are there."""

    def __init__(self, **owners):
        self.owners = owners
        self.keys = set()
        self.created = []

    def head_bucket(self, Bucket, ExpectedBucketOwner):  # noqa: N803
        if Bucket not in self.owners:
            self._fail("404", "Not Found")
        if self.owners[Bucket] != ExpectedBucketOwner:
            self._fail("403", "Forbidden")

    def create_bucket(self, **arguments):
        self.created.append(arguments)

    def head_object(self, Bucket, Key, ExpectedBucketOwner):  # noqa: N803
        if Key not in self.keys:
            self._fail("404", "Not Found")

    def put_object(self, Bucket, Key, Body, ExpectedBucketOwner):  # noqa: N803
        self.keys.add(Key)

    @staticmethod
    def _fail(code, message):
        raise ClientError({"Error": {"Code": code, "Message": message}}, "any")


def test_bucket_is_made_and_content_sent_once_when_uploaded_twice(heard):
    client = FakeS3()
    store = Store(client, "b", "123", "us-east-1")

    store.put_all([Upload("a", body=b"x" * 2048)], heard)
    store.put_all([Upload("a", body=b"x" * 2048)], heard)

    assert client.created[0] == {"Bucket": "b"}
    assert heard.of("upload") == ["a  uploaded  2 KB"]


def test_bucket_names_its_region_when_it_is_not_the_first_one(heard):
    client = FakeS3()

    Store(client, "b", "123", "eu-west-1").put_all([], heard)

    assert client.created == [{"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}]
    assert artifacts_bucket("123", "us-east-1") == "rehearsal-artifacts-123"
    assert artifacts_bucket("123", "eu-west-1") == "rehearsal-artifacts-123-eu-west-1"


def test_nothing_is_sent_when_a_stranger_owns_the_bucket(heard):
    client = FakeS3(b="stranger")

    with pytest.raises(PackagingFailed, match="bucket b took no upload: Forbidden"):
        Store(client, "b", "123", "us-east-1").put_all([Upload("a")], heard)

    assert client.keys == set()
