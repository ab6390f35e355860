"""What operators do with accounts and people: suspend, let in again, and give and take roles.

Each is one step with its entry in the audit log, in one transaction.
"""

from typing import Final

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Account, Membership, Role, User
from accounts.requests import Actor
from rest.errors import Conflict, Refused

MAX_REASON_CHARACTERS: Final = 2_000
# Who left a publisher's account reviews nothing that was begun there before.
MEMBER_REMOVED: Final = "member.removed"


class ReasonMissing(Refused):
    """400: who shuts somebody out says why."""


class WrongStatus(Conflict):
    """409: the account is not what it would have to be; perhaps somebody else was first."""


class NoSuchPerson(Refused):
    """400: nobody who may sign in has this e-mail address."""


class AlreadyThere(Conflict):
    """409: the person is that already."""


class NoLongerThere(Conflict):
    """409: the person is not that any more."""


class LastOperator(Refused):
    """400: nobody would be left to operate."""


class LastOwner(Refused):
    """400: the account would have no owner."""


def suspend_account(*, account: Account, reason: str, actor: Actor) -> None:
    """Shut out its people and programs at once; nothing is deleted. Raises ReasonMissing or WrongStatus."""
    if not reason.strip():
        raise ReasonMissing("Say why: the reason is kept in the audit log.")
    _turn(account, Account.Status.ACTIVE, Account.Status.SUSPENDED, "account.suspended", actor, reason)


def reactivate_account(*, account: Account, actor: Actor, reason: str = "") -> None:
    """Let its people and programs in again, as they were. Raises WrongStatus."""
    _turn(account, Account.Status.SUSPENDED, Account.Status.ACTIVE, "account.reactivated", actor, reason)


def _turn(  # noqa: PLR0913, PLR0917 - one row of a table of two
    account: Account, before: str, after: str, action: str, actor: Actor, reason: str
) -> None:
    with transaction.atomic():
        if Account.objects.filter(pk=account.pk, status=before).update(status=after) != 1:
            account.refresh_from_db(fields=["status"])
            raise WrongStatus(f"The account is {account.status}, so nothing was changed.")
        account.status = after
        audit.record(
            action,
            actor=actor,
            subject_sid=account.sid,
            subject=account.friendly_name,
            account=account,
            before={"status": before},
            after={"status": after},
            reason=reason,
        )


def make_operator(*, email: str, actor: Actor) -> User:
    """Let a person operate this installation. Raises NoSuchPerson or AlreadyThere."""
    with transaction.atomic():
        user = _person(email)
        if User.objects.filter(pk=user.pk, is_staff=False).update(is_staff=True) != 1:
            raise AlreadyThere(f"{user.email} is an operator already.")
        _record_operator("operator.made", user, actor, is_operator=True)
    user.is_staff = True
    return user


def remove_operator(*, user: User, actor: Actor) -> None:
    """End that a person operates; their keys for operating end with it. Raises LastOperator or NoLongerThere.

    All operators are held meanwhile: of two who remove each other, the second is refused.
    """
    with transaction.atomic():
        operators = User.objects.select_for_update().filter(is_staff=True, is_active=True).order_by("pk")
        present = {each.pk for each in operators}
        if present <= {user.pk}:
            raise LastOperator("This is the last operator who can sign in: make another one first.")
        if User.objects.filter(pk=user.pk, is_staff=True).update(is_staff=False) != 1:
            raise NoLongerThere(f"{user.email} is no operator any more.")
        _record_operator("operator.removed", user, actor, is_operator=False)


def _record_operator(action: str, user: User, actor: Actor, *, is_operator: bool) -> None:
    before, after = {"is_operator": not is_operator}, {"is_operator": is_operator}
    audit.record(action, actor=actor, subject=user.email, before=before, after=after)


def add_member(*, account: Account, email: str, role: str, actor: Actor) -> Membership:
    """Give a person a role in an account. Raises NoSuchPerson or AlreadyThere."""
    user = _person(email)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(user=user, account=account, role=role)
            _record_role("member.added", membership, actor, before=None, after=role)
    except IntegrityError as error:  # the database knows who is a member
        raise AlreadyThere(f"{user.email} is a member already: change the role instead.") from error
    return membership


def change_role(*, membership: Membership, role: str, actor: Actor) -> None:
    """Give a member another role. Raises LastOwner, or NoLongerThere when somebody removed the member."""
    with transaction.atomic():
        before = _held(membership, stays_owner=role == Role.OWNER)
        if before == role:
            return
        Membership.objects.filter(pk=membership.pk).update(role=role)
        _record_role("role.changed", membership, actor, before=before, after=role)
    membership.role = role


def remove_member(*, membership: Membership, actor: Actor) -> None:
    """End a membership; the person and their other accounts stay. Raises LastOwner or NoLongerThere."""
    with transaction.atomic():
        before = _held(membership, stays_owner=False)
        _record_role(MEMBER_REMOVED, membership, actor, before=before, after=None)
        Membership.objects.filter(pk=membership.pk).delete()


def _held(membership: Membership, *, stays_owner: bool) -> str:
    """The member's role now. All members are held, so that of two owners one remains."""
    members = Membership.objects.select_for_update().filter(account=membership.account).order_by("pk")
    roles = {each.pk: each.role for each in members}
    if membership.pk not in roles:
        raise NoLongerThere(f"{membership.user.email} is no member any more.")
    others = [role for pk, role in roles.items() if pk != membership.pk]
    if roles[membership.pk] == Role.OWNER and not stays_owner and Role.OWNER not in others:
        raise LastOwner("This is the account’s last owner: make another member an owner first.")
    return roles[membership.pk]


def _record_role(
    action: str, membership: Membership, actor: Actor, *, before: str | None, after: str | None
) -> None:
    audit.record(
        action,
        actor=actor,
        subject_sid=membership.account.sid,
        subject=membership.user.email,
        account=membership.account,
        before=before and {"role": before},
        after=after and {"role": after},
    )


def _person(email: str) -> User:
    """Somebody who may sign in, by the address they do it with."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise NoSuchPerson(f"Nobody signs in as {email}: they must have signed up, or be made in the admin.")
    return user
