"""The publisher's pages of install notices."""

import pytest
from django.test import Client

from accounts.models import Account
from deliveries.models import Delivery
from publishers.models import Publisher
from tests.deliveries.rows import make_attempt, make_delivery
from tests.factories import make_account, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of

pytestmark = pytest.mark.django_db
LIST = "/publish/notices/"


@pytest.fixture(autouse=True)
def publisher(account: Account) -> Publisher:
    return Publisher.objects.create(
        account=account, slug="acme", name="Acme", status=Publisher.Status.APPROVED
    )


def make_notice(account: Account, **changes: str) -> Delivery:
    return make_delivery(account, **{"kind": "module_install", "reference_sid": f"XE{'1' * 32}", **changes})


def page_of(notice: Delivery) -> str:
    return f"{LIST}{notice.sid}/"


def test_each_notice_is_listed_apart_from_those_about_results(console: Client, account: Account) -> None:
    notice = make_notice(account)
    about_a_result = make_delivery(account)
    listed = console.get(LIST)
    assert page_of(notice) in listed.content.decode()
    assert "An add-on was installed" in text(listed)
    assert about_a_result.sid not in listed.content.decode()
    assert notice.sid not in console.get("/console/deliveries/").content.decode()
    assert console.get(f"/console/deliveries/{notice.sid}/").status_code == 404
    assert console.get(page_of(about_a_result)).status_code == 404


def test_the_filter_and_the_pages_stay_in_the_workspace(console: Client, account: Account) -> None:
    make_notice(account)
    shown = console.get(LIST, {"status": "delivered"})
    assert "No such notices" in text(shown)
    assert f'href="{LIST}?status=pending"' in shown.content.decode()


def test_without_any_it_says_how_to_get_some(console: Client) -> None:
    assert "Nothing was sent yet Give a listing a notification address" in text(console.get(LIST))


def test_a_notice_says_what_it_told_and_how_each_attempt_ended(console: Client, account: Account) -> None:
    notice = make_notice(account)
    make_attempt(notice)
    shown = text(console.get(page_of(notice)))
    for words in ("The answer was 500.", "Tells about An add-on was installed", "HTTP 500"):
        assert words in shown


def test_what_was_given_up_can_be_sent_again(console: Client, account: Account) -> None:
    notice = make_notice(account, status="given-up")
    assert "The result itself" not in text(console.get(page_of(notice)))
    answer = console.post(page_of(notice), follow=True)
    assert "It is being sent again" in text(answer)
    assert answer.redirect_chain == [(page_of(notice), 302)]
    assert Delivery.objects.get().status == "pending"


def test_a_viewer_looks_and_sends_nothing(account: Account) -> None:
    notice = make_notice(account)
    assert viewer_of(account).get(page_of(notice)).status_code == 200
    assert viewer_of(account).post(page_of(notice)).status_code == 403


def test_another_account_finds_nothing_and_a_stranger_signs_in(account: Account) -> None:
    notice = make_notice(account)
    other = console_of(make_user(make_account()))
    assert other.get(page_of(notice)).status_code == 404
    assert other.post(page_of(notice)).status_code == 404
    assert notice.sid not in other.get(LIST).content.decode()
    assert is_sent_to_sign_in(LIST)
    assert is_sent_to_sign_in(page_of(notice))


def test_more_notices_take_no_more_queries(console: Client, account: Account) -> None:
    make_notice(account)
    one = queries(console, LIST)
    for last in (2, 3):
        make_notice(account, reference_sid=f"XE{str(last) * 32}")
    assert queries(console, LIST) == one
