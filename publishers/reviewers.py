"""Who may decide on a version: never the ones who made it. And nobody decides on their own publisher."""

from django.db.models import Q

from accounts.models import ApiKey, AuditEntry, Membership, User
from accounts.operating import MEMBER_REMOVED
from accounts.requests import Actor
from publishers.models import ListingVersion, Publisher, VersionMove
from rest.errors import Forbidden


class OwnVersion(Forbidden):
    """403: nobody decides on what he has a part in."""


class OwnPublisher(Forbidden):
    """403: nobody decides on themselves."""


def check_other_publisher(publisher: Publisher, actor: Actor) -> None:
    """Raises OwnPublisher for a person of its account, and for a program of it or of one of its people."""
    account = publisher.account
    who = Q(user=actor.user) if actor.user else Q(user__apikey__sid=actor.credential)
    is_own = (
        actor.credential == account.sid
        or account.api_keys.filter(sid=actor.credential).exists()
        or Membership.objects.filter(who, account=account).exists()
    )
    if is_own:
        raise OwnPublisher("Forbidden: another operator decides on the publisher of your own account")


def check_reviewer(version: ListingVersion, actor: Actor) -> None:
    """Raises OwnVersion for a member of the publisher's account, also for one who left it since the version
    was begun, and for whoever submitted the version.

    A program counts as the person who made its API key. Who acts from a command line is nobody.
    """
    person = actor.user.pk if actor.user else _maker_of(actor.credential)
    if person is None:
        return
    account = version.listing.publisher.account
    if Membership.objects.filter(account=account, user=person).exists():
        raise OwnVersion(
            "Forbidden: you are a member of the publisher's account: another operator must decide on it"
        )
    if _has_left(version, person):
        raise OwnVersion(
            "Forbidden: you were a member of the publisher's account when this version was begun: another "
            "operator must decide on it"
        )
    if person in _submitters(version):
        raise OwnVersion("Forbidden: you submitted this version: another operator must decide on it")


def may_review(version: ListingVersion, actor: Actor) -> bool:
    """Whether `check_reviewer` lets this one decide."""
    try:
        check_reviewer(version, actor)
    except OwnVersion:
        return False
    return True


def _has_left(version: ListingVersion, person: int) -> bool:
    """Whether the person's membership ended after the version was begun."""
    ended = AuditEntry.objects.filter(
        action=MEMBER_REMOVED,
        account_sid=version.listing.publisher.account.sid,
        date_created__gte=version.date_created,
    )
    return ended.filter(subject__in=User.objects.filter(pk=person).values("email")).exists()


def _submitters(version: ListingVersion) -> set[int]:
    """The people who ever submitted it, in the console or by an API key that they made."""
    moves = VersionMove.objects.filter(version=version, to_status=ListingVersion.Status.SUBMITTED)
    found = list(moves.values_list("moved_by", "credential"))
    keys = ApiKey.objects.filter(sid__in=[credential for _, credential in found if credential])
    people = {user for user, _ in found if user is not None}
    return people | set(keys.exclude(created_by=None).values_list("created_by_id", flat=True))


def _maker_of(credential: str) -> int | None:
    if not credential:
        return None
    return ApiKey.objects.filter(sid=credential).values_list("created_by", flat=True).first()
