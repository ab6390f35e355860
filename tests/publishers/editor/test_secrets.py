"""The secrets of a publisher's service in the console: set, replaced, removed, and never shown."""

from typing import Any

import pytest

from accounts.models import Role
from publishers.models import Listing
from tests.factories import make_definition, make_listing
from tests.pages import error_at, text
from tests.publishers.editor.drafts import console_for, make_draft, url_of

pytestmark = pytest.mark.django_db
AUTH = {"kind": "bearer", "token": "api_token"}


def post(listing: Listing, data: dict[str, Any]) -> Any:
    return console_for(listing).post(url_of(listing, "credentials"), data)


def set_secret(listing: Listing, name: str = "api_token", value: str = "s3cret-value") -> Any:
    return post(listing, {"secret": "set", "name": name, "value": value})


def test_a_secret_is_set_and_never_shown() -> None:
    listing, _ = make_draft(auth=AUTH)
    client = console_for(listing)
    assert "api_token Missing" in " ".join(text(client.get(url_of(listing, "credentials"))).split())
    assert set_secret(listing).status_code == 302
    page = client.get(url_of(listing, "credentials"))
    assert "s3cret-value" not in page.content.decode()
    assert "api_token Set" in text(page)
    assert "ago Yes" in text(page)
    listing.refresh_from_db()
    assert listing.credentials == {"api_token": "s3cret-value"}


def test_a_secret_is_replaced_and_removed() -> None:
    listing, _ = make_draft()
    set_secret(listing, value="one")
    set_secret(listing, value=" two ")
    listing.refresh_from_db()
    assert listing.credentials == {"api_token": " two "}
    post(listing, {"remove-secret": "api_token"})
    listing.refresh_from_db()
    assert listing.credentials == {}


@pytest.mark.parametrize("name", ["", "Upper", "a b", "9", "a" * 65, "a\n", "a\0"])
def test_a_name_that_no_definition_could_use_is_refused(name: str) -> None:
    listing, _ = make_draft()
    answer = set_secret(listing, name=name)
    assert answer.status_code == (302 if name.strip() == "a" else 200)
    listing.refresh_from_db()
    assert set(listing.credentials) <= {"a"}


@pytest.mark.parametrize("value", ["", "x" * 4097, "a\0b"])
def test_a_value_that_cannot_be_kept_is_refused_and_not_repeated(value: str) -> None:
    listing, _ = make_draft()
    answer = set_secret(listing, value=value)
    assert error_at(answer, "id_value")
    assert not value or value not in answer.content.decode()


def test_a_secret_that_the_published_version_uses_stays() -> None:
    listing = make_listing(
        definition=make_definition(auth=AUTH),
        credentials={"api_token": "x"},
    )
    answer = post(listing, {"remove-secret": "api_token"})
    assert answer.status_code == 400
    assert "the published version uses api_token" in text(answer)


def test_a_viewer_sets_nothing_and_another_section_neither() -> None:
    listing, _ = make_draft()
    viewer = console_for(listing, Role.VIEWER)
    data = {"secret": "set", "name": "a", "value": "b"}
    assert viewer.post(url_of(listing, "credentials"), data).status_code == 403
    assert console_for(listing).post(url_of(listing, "pricing"), data).status_code == 404
