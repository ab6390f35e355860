"""Who operates: made and removed by an operator, never the last one."""

import threading

import pytest
from django.db import connection
from django.test import Client

from accounts import operating
from accounts.models import AuditEntry, User
from accounts.operating import LastOperator
from rest.errors import Refused
from tests.factories import NOBODY, make_account, make_user
from tests.pages import console_of, error_at, queries, text

PAGE = "/operate/operators/"


@pytest.fixture
def me(db: None) -> User:
    return make_user(is_staff=True)


@pytest.fixture
def operator(me: User) -> Client:
    return console_of(me)


def test_a_person_is_made_an_operator(operator: Client, me: User) -> None:
    person = make_user()
    answer = operator.post(PAGE, {"step": "make", "email": person.email.upper()}, follow=True)
    person.refresh_from_db()
    assert person.is_staff
    assert f"{person.email} is an operator now." in text(answer)
    entry = AuditEntry.objects.get(action="operator.made")
    assert (entry.actor, entry.subject) == (me.email, person.email)


@pytest.mark.parametrize("email", ["nobody@acme.example", "x", "", "a\0@acme.example"])
def test_who_is_unknown_is_said_at_the_field(operator: Client, email: str) -> None:
    assert error_at(operator.post(PAGE, {"step": "make", "email": email}), "id_email")


def test_who_may_not_sign_in_is_made_none(operator: Client) -> None:
    person = make_user(is_active=False)
    assert "Nobody signs in" in error_at(
        operator.post(PAGE, {"step": "make", "email": person.email}), "id_email"
    )


def test_an_operator_is_not_made_twice(operator: Client, me: User) -> None:
    assert "already" in error_at(operator.post(PAGE, {"step": "make", "email": me.email}), "id_email")


def test_one_of_two_is_removed_and_loses_the_pages_at_once(operator: Client) -> None:
    other = make_user(is_staff=True)
    theirs = console_of(other)
    assert theirs.get(PAGE).status_code == 200
    answer = operator.post(PAGE, {"step": "remove", "email": other.email}, follow=True)
    assert f"{other.email} is no operator any more." in text(answer)
    assert theirs.get(PAGE).status_code == 403
    assert AuditEntry.objects.get(action="operator.removed").subject == other.email


def test_the_last_one_stays(operator: Client, me: User) -> None:
    make_user(is_staff=True, is_active=False)  # cannot sign in, so does not count
    answer = operator.post(PAGE, {"step": "remove", "email": me.email}, follow=True)
    assert "This is the last operator who can sign in" in text(answer)
    me.refresh_from_db()
    assert me.is_staff


def test_who_is_no_operator_cannot_be_removed(me: User) -> None:
    with pytest.raises(Refused, match="no operator any more"):
        operating.remove_operator(user=make_user(), actor=NOBODY)


@pytest.mark.parametrize("sent", [{}, {"step": "crown"}, {"step": "remove", "email": "nobody\0"}])
def test_a_step_that_does_not_exist_is_a_bad_request(operator: Client, sent: dict[str, str]) -> None:
    assert operator.post(PAGE, sent).status_code == 400


def test_who_is_no_operator_is_refused(console: Client, user: User) -> None:
    assert console.get(PAGE).status_code == 403
    assert console.post(PAGE, {"step": "make", "email": user.email}).status_code == 403
    user.refresh_from_db()
    assert not user.is_staff


def test_the_page_takes_as_many_queries_for_three_as_for_one(operator: Client) -> None:
    before = queries(operator, PAGE)
    make_user(is_staff=True)
    make_user(is_staff=True)
    assert queries(operator, PAGE) == before


@pytest.mark.django_db(transaction=True)
def test_two_who_remove_each_other_leave_one() -> None:
    first, second = make_user(is_staff=True), make_user(is_staff=True)
    begin, refusals = threading.Barrier(2), []

    def remove(user: User) -> None:
        begin.wait()
        try:
            operating.remove_operator(user=user, actor=NOBODY)
        except LastOperator as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=[user]) for user in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1
    assert User.objects.filter(is_staff=True).count() == 1


# --- Entering --------------------------------------------------------------------------------


def test_an_operator_finds_the_admin_and_the_operators(operator: Client) -> None:
    body = operator.get("/operate/accounts/").content.decode()
    assert f'href="{PAGE}"' in body
    assert 'href="/admin/"' in body


def test_who_is_none_finds_no_way_there(console: Client) -> None:
    body = console.get("/console/").content.decode()
    assert "/operate/" not in body
    assert "/admin/" not in body


def test_the_admin_changes_neither_operators_nor_roles_nor_who_is_shut_out(admin_client: Client) -> None:
    account = make_account()
    person = make_user(account)
    user_page = admin_client.get(f"/admin/accounts/user/{person.pk}/change/").content.decode()
    account_page = admin_client.get(f"/admin/accounts/account/{account.pk}/change/").content.decode()
    assert 'name="is_staff"' not in user_page
    assert 'name="status"' not in account_page
    assert "memberships-0-role" not in account_page


def test_what_the_admin_changes_of_a_person_is_kept(admin_client: Client) -> None:
    person = make_user()
    sent = {"email": person.email, "name": "Ana", "is_active": ""}
    assert admin_client.post(f"/admin/accounts/user/{person.pk}/change/", sent).status_code == 302
    entry = AuditEntry.objects.get(action="user.changed")
    assert (entry.subject, entry.after) == (person.email, {"fields": ["name", "is_active"]})
