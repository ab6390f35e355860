"""Wycheproof: HMAC-SHA1 vectors through our `signature`.

It takes text, as URLs and tokens are. Of the 170 vectors 104 have a key and a message that are UTF-8 text;
all of these carry a changed tag, and where a single bit was flipped, the rest must be ours.
"""

from base64 import b64decode
from collections.abc import Iterator

import pytest

from publishers.contract.signing import signature
from tests.corpora.reading import read

pytestmark = pytest.mark.corpora


def text_vectors() -> Iterator[tuple[str, bytes, bytes]]:
    """The comment of each vector, its tag, and as many bytes of our own."""
    for group in read("wycheproof/hmac_sha1_test.json")["testGroups"]:
        for test in group["tests"]:
            try:
                key, message = (bytes.fromhex(test[part]).decode() for part in ("key", "msg"))
            except UnicodeDecodeError:
                continue
            tag = bytes.fromhex(test["tag"])
            yield test["comment"], tag, b64decode(signature(message, {}, key))[: len(tag)]


def changed_bits(tag: bytes, ours: bytes) -> int:
    return (int.from_bytes(tag) ^ int.from_bytes(ours)).bit_count()


def test_no_changed_signature_is_ours() -> None:
    vectors = list(text_vectors())
    assert len(vectors) == 104
    assert [comment for comment, tag, ours in vectors if tag == ours] == []


def test_undoing_the_change_gives_our_signature() -> None:
    flipped = [vector for vector in text_vectors() if vector[0].lower().startswith("flipped bit ")]
    assert flipped
    assert [comment for comment, tag, ours in flipped if changed_bits(tag, ours) != 1] == []
