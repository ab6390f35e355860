"""Operators' pages of accounts: find one, its people and roles, and shutting it out."""

import pytest
from django.test import Client

from accounts.models import Account, AuditEntry, Membership, Role, User
from accounts.services import create_api_key
from tests.conftest import api_of
from tests.factories import make_account, make_install, make_listing, make_publisher, make_user
from tests.pages import console_of, error_at, queries, text

LIST = "/operate/accounts/"


@pytest.fixture
def operator(db: None) -> Client:
    return console_of(make_user(is_staff=True))


@pytest.fixture
def acme(db: None) -> Account:
    return make_account("Acme")


def page_of(account: Account, page: str = "") -> str:
    return f"{LIST}{account.sid}/{page}"


def member_of(account: Account, role: str = Role.OWNER) -> Membership:
    return make_user(account, role=role).memberships.get()


# --- The list --------------------------------------------------------------------------------


def test_an_account_is_found_by_name_sid_and_person(operator: Client, acme: Account) -> None:
    make_account("Bolt")
    person = make_user(acme).email
    for words in ("acm", acme.sid, acme.sid.upper(), person):
        assert [row.sid for row in operator.get(LIST, {"q": words}).context["rows"]] == [acme.sid]
    assert "No account fits" in text(operator.get(f"{LIST}?q=nothing"))


def test_the_list_counts_members_and_installs(operator: Client, acme: Account) -> None:
    make_user(acme)
    make_user(acme)
    make_install(acme)
    row = operator.get(LIST, {"q": "acme"}).context["rows"][0]
    assert (row.member_count, row.install_count, row.publishes) == (2, 1, False)


def test_the_list_is_filtered_by_status(operator: Client, acme: Account) -> None:
    make_account("Bolt")
    Account.objects.filter(pk=acme.pk).update(status="suspended")
    rows = operator.get(f"{LIST}?status=suspended").context["rows"]
    assert [row.sid for row in rows] == [acme.sid]


def test_pages_follow_by_key(operator: Client) -> None:
    sids = [make_account().sid for _ in range(26)]
    first = operator.get(LIST)
    rest = operator.get(f"{LIST}?before={first.context['older']}")
    assert [row.sid for page in (first, rest) for row in page.context["rows"]] == sids[::-1]
    assert "There are no older accounts" in text(operator.get(f"{LIST}?before=AC{'0' * 32}"))


def test_the_list_takes_as_many_queries_for_three_as_for_one(operator: Client, acme: Account) -> None:
    before = queries(operator, LIST)
    make_install(make_account())
    make_install(make_account())
    assert queries(operator, LIST) == before


@pytest.mark.parametrize("query", ["q=%00", "status=king", "before=AC"])
def test_an_odd_query_is_no_error(operator: Client, acme: Account, query: str) -> None:
    assert operator.get(f"{LIST}?{query}").status_code == 200


# --- One account -----------------------------------------------------------------------------


def test_the_page_shows_people_keys_and_installs_and_no_secret(operator: Client, acme: Account) -> None:
    person = make_user(acme)
    key, secret = create_api_key(account=acme, friendly_name="billing server", created_by=person)
    installed = make_install(acme)
    answer = operator.get(page_of(acme))
    for words in (person.email, "billing server", key.sid, installed.unique_name):
        assert words in text(answer)
    assert secret not in answer.content.decode()
    assert acme.auth_token not in answer.content.decode()


def test_its_page_takes_as_many_queries_for_three_of_each_as_for_one(operator: Client, acme: Account) -> None:
    def one_more() -> None:
        create_api_key(account=acme, friendly_name="key", created_by=make_user(acme))
        make_install(acme)

    one_more()
    before = queries(operator, page_of(acme))
    one_more()
    one_more()
    assert queries(operator, page_of(acme)) == before


@pytest.mark.parametrize("page", ["", "suspend/"])
def test_one_that_is_not_there_is_not_found(operator: Client, page: str) -> None:
    assert operator.get(f"{LIST}AC{'0' * 32}/{page}").status_code == 404


# --- Members and roles -----------------------------------------------------------------------


def test_a_member_gets_another_role(operator: Client, acme: Account) -> None:
    member_of(acme)
    member = member_of(acme, Role.VIEWER)
    sent = {"step": "change", "member": member.pk, "role": "developer"}
    answer = operator.post(page_of(acme, "members/"), sent, follow=True)
    member.refresh_from_db()
    assert member.role == "developer"
    assert "is Developer now." in text(answer)
    entry = AuditEntry.objects.get(action="role.changed")
    assert (entry.before, entry.after) == ({"role": "viewer"}, {"role": "developer"})
    assert (entry.subject, entry.account_sid) == (member.user.email, acme.sid)


def test_a_person_is_added_and_removed(operator: Client, acme: Account) -> None:
    person = make_user()
    page = page_of(acme, "members/")
    operator.post(page, {"step": "add", "email": person.email.upper(), "role": "viewer"})
    member = acme.memberships.get()
    assert (member.user, member.role) == (person, "viewer")
    operator.post(page, {"step": "remove", "member": member.pk})
    assert not acme.memberships.exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions == {"member.added", "member.removed"}


@pytest.mark.parametrize("sent", [{"step": "change", "role": "viewer"}, {"step": "remove"}])
def test_the_last_owner_stays_one(operator: Client, acme: Account, sent: dict[str, str]) -> None:
    owner = member_of(acme)
    member_of(acme, Role.DEVELOPER)
    answer = operator.post(page_of(acme, "members/"), {**sent, "member": owner.pk}, follow=True)
    assert "This is the account’s last owner" in text(answer)
    owner.refresh_from_db()
    assert owner.role == "owner"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("nobody@acme.example", "Nobody signs in as nobody@acme.example"),
        ("x", "Enter an e-mail address"),
        ("", "Enter an e-mail address"),
    ],
)
def test_who_cannot_be_added_is_said_at_the_field(
    operator: Client, acme: Account, email: str, words: str
) -> None:
    answer = operator.post(page_of(acme, "members/"), {"step": "add", "email": email, "role": "viewer"})
    assert words in error_at(answer, "id_email")


def test_a_member_is_not_added_twice(operator: Client, acme: Account) -> None:
    email = member_of(acme).user.email
    answer = operator.post(page_of(acme, "members/"), {"step": "add", "email": email, "role": "viewer"})
    assert "is a member already" in error_at(answer, "id_email")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"step": "crown", "member": "1"},
        {"step": "remove", "member": "x\0"},
        {"step": "remove", "member": "9" * 5000},
        {"step": "change", "role": "king"},
    ],
)
def test_a_step_that_does_not_exist_is_a_bad_request(
    operator: Client, acme: Account, sent: dict[str, str]
) -> None:
    member = member_of(acme)
    assert operator.post(page_of(acme, "members/"), {"member": member.pk, **sent}).status_code == 400


def test_another_accounts_member_is_not_touched(operator: Client, acme: Account) -> None:
    other = member_of(make_account())
    sent = {"step": "remove", "member": other.pk}
    assert operator.post(page_of(acme, "members/"), sent).status_code == 400
    assert Membership.objects.filter(pk=other.pk).exists()


# --- Suspending ------------------------------------------------------------------------------


def test_a_suspension_says_what_stops_in_counts(operator: Client, db: None) -> None:
    publisher = make_publisher()
    make_listing(publisher=publisher)
    make_install(publisher.account)
    make_user(publisher.account)
    shown = text(operator.get(page_of(publisher.account, "suspend/")))
    assert "1 member can no longer work for it" in shown
    assert "1 installed add-on and 0 phone numbers stay as they are" in shown
    assert "It publishes 1 listing that runs: other accounts go on using it." in shown


def test_it_is_shut_out_and_let_in_again(operator: Client, acme: Account) -> None:
    api, person = api_of(acme), console_of(make_user(acme))
    page = page_of(acme, "suspend/")
    operator.post(page, {"reason": "Unpaid."})
    assert (api.get("/v1/InstalledAddOns").status_code, person.get("/console/").status_code) == (403, 403)
    assert "Reactivate Acme?" in text(operator.get(page))
    answer = operator.post(page, {"reason": ""}, follow=True)
    assert "Acme is let in again." in text(answer)
    assert (api.get("/v1/InstalledAddOns").status_code, person.get("/console/").status_code) == (200, 200)
    entries = AuditEntry.objects.order_by("sid").values_list("action", "reason")
    assert list(entries) == [("account.suspended", "Unpaid."), ("account.reactivated", "")]


def test_a_suspension_needs_a_reason(operator: Client, acme: Account) -> None:
    assert error_at(operator.post(page_of(acme, "suspend/"), {"reason": " "}), "id_reason") == "Say why."
    acme.refresh_from_db()
    assert acme.status == "active"


def test_a_closed_account_stays_closed(operator: Client, acme: Account) -> None:
    Account.objects.update(status="closed")
    answer = operator.post(page_of(acme, "suspend/"), {"reason": "x"})
    assert "The account is closed, so nothing was changed." in text(answer)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("page", ["members/", "suspend/"])
def test_who_is_no_operator_is_refused(console: Client, account: Account, user: User, page: str) -> None:
    """Not even for the own account."""
    member = user.memberships.get()
    sent = {"reason": "x", "step": "remove", "member": member.pk}
    assert console.post(page_of(account, page), sent).status_code == 403
    account.refresh_from_db()
    assert account.status == "active"
    assert Membership.objects.filter(pk=member.pk).exists()
