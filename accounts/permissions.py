"""Whether a credential may do what it asks for."""

from typing import cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.authentication import Caller
from accounts.requests import account_of
from accounts.scopes import Scope, covers
from rest.errors import Forbidden


class MissingScope(Forbidden):
    """403: the API key was made for something else."""

    def __init__(self, needed: Scope) -> None:
        super().__init__(f"Forbidden: this API key lacks the scope {needed}")


class HasScope(BasePermission):
    """Compares the key's scope with the view's.

    A view names its area (`scope`, marketplace unless said otherwise), whether reading it costs money
    (`reading_spends`), which a key for reading may not do, and whether operators decide there (`is_review`).
    """

    def has_permission(self, request: Request, view: object) -> bool:
        account_of(request)  # another account's path does not exist, whatever is wanted there
        needed: Scope = getattr(view, "scope", Scope.MARKETPLACE)
        only_reads = request.method in SAFE_METHODS and not getattr(view, "reading_spends", False)
        is_review = getattr(view, "is_review", False)
        scope = cast(Caller, request.user).scope
        if not covers(scope, needed, only_reads=only_reads, is_review=is_review):
            raise MissingScope(needed)
        return True
