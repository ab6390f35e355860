"""What an API key may do. An account's own auth token may do everything but operate."""

from django.db import models


class Scope(models.TextChoices):
    """The limit of an API key, as it is chosen when the key is made."""

    FULL = "full", "Everything"
    READ = "read", "Reading"
    MARKETPLACE = "marketplace", "Marketplace"
    PUBLISHING = "publishing", "Publishing"
    OPERATE = "operate", "Operating"


MEANINGS = {
    Scope.FULL: "Everything this account may do.",
    Scope.READ: "Read everything, change nothing, run no lookups.",
    Scope.MARKETPLACE: "Install, configure and run add-ons, and manage phone numbers.",
    Scope.PUBLISHING: "Manage this account's own listings and versions, and report usage.",
    Scope.OPERATE: "Read everything, and review the listings and versions of every publisher.",
}


def covers(scope: str, needed: Scope, *, only_reads: bool, is_review: bool = False) -> bool:
    """Whether a key of this scope may act in an area; `is_review`: where operators decide, too."""
    match scope:
        case Scope.FULL:
            return True
        case Scope.READ:
            return only_reads
        case Scope.OPERATE:
            return only_reads or is_review
        case _:
            return scope == needed
