"""Operators' pages of accounts: find one, see its people, keys and installs, shut it out and let it in."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import operating
from accounts.models import Account, ApiKey, Membership, Role
from accounts.requests import actor_of
from marketplace.models import IncomingPhoneNumber, InstalledAddOn
from operations.access import operator_required
from operations.forms import MemberForm, ReasonForm
from operations.pages import chosen, history_of, page_of, typed
from publishers.models import RUNS, Listing, Publisher
from rest.errors import Refused

MOST_SHOWN: Final = 50


@operator_required
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account, newest first, a page at a time by key; searched by name, SID, and its people."""
    words, status = typed(request, "q"), chosen(request, "status", Account.Status.values)
    found = Account.objects.filter(_search(words))
    if status:
        found = found.filter(status=status)
    found = found.annotate(
        member_count=_count(Membership.objects.all()),
        install_count=_count(InstalledAddOn.objects.live()),
        publishes=Exists(Publisher.objects.filter(account=OuterRef("pk"))),
    )
    context = {
        **page_of(found, request, prefix="AC"),
        "words": words,
        "status": status,
        "statuses": Account.Status.choices,
    }
    return render(request, "operate/accounts.html", context)


@operator_required
@require_GET
def account(request: HttpRequest, sid: str) -> HttpResponse:
    """One account: members and roles, keys, installs, status, and what was decided about it."""
    return render(request, "operate/account.html", _context(_account(sid), MemberForm()))


@operator_required
@require_POST
def members(request: HttpRequest, sid: str) -> HttpResponse:
    """Add a member, change a role, or end a membership; each from its own little form."""
    shown, actor = _account(sid), actor_of(request)
    step = request.POST.get("step", "")
    if step == "add":
        return _added(request, shown)
    wanted, role = request.POST.get("member", ""), request.POST.get("role", "")
    present = shown.memberships.select_related("user")
    member = next((each for each in present if str(each.pk) == wanted), None)
    if member is None or step not in {"change", "remove"} or (step == "change" and role not in Role.values):
        raise BadRequest("The page sent no step that exists, or named nobody.")
    member.account = shown
    try:
        if step == "change":
            operating.change_role(membership=member, role=role, actor=actor)
            said = f"{member.user.email} is {Role(role).label} now."
        else:
            operating.remove_member(membership=member, actor=actor)
            said = f"{member.user.email} is no member any more."
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("operate-account", sid=sid)


def _added(request: HttpRequest, shown: Account) -> HttpResponse:
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            operating.add_member(account=shown, actor=actor_of(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, f"{form.cleaned_data['email']} is a member now.")
            return redirect("operate-account", sid=shown.sid)
    return render(request, "operate/account.html", _context(shown, form))


@operator_required
@require_http_methods(["GET", "POST"])
def suspend_account(request: HttpRequest, sid: str) -> HttpResponse:
    """Says what a suspension stops, in counts, and suspends; or lets the account in again."""
    shown = _account(sid)
    is_back = shown.status == Account.Status.SUSPENDED
    form = ReasonForm(request.POST or None, required=not is_back)
    if request.method == "POST" and form.is_valid():
        act = operating.reactivate_account if is_back else operating.suspend_account
        try:
            act(account=shown, reason=form.given, actor=actor_of(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            done = "let in again" if is_back else "suspended"
            messages.success(request, f"{shown.friendly_name} is {done}.")
            return redirect("operate-account", sid=sid)
    context = {"shown": shown, "form": form, "is_back": is_back, "effect": _effect(shown)}
    return render(request, "operate/suspend_account.html", context)


def _account(sid: str) -> Account:
    return get_object_or_404(Account, sid=sid)


def _context(shown: Account, member_form: MemberForm) -> dict[str, Any]:
    installed = InstalledAddOn.objects.of(shown).live()
    rows = installed.select_related("version__listing").order_by("unique_name")
    switched = rows.annotate(points_on=Count("switches", filter=Q(switches__enabled=True)))
    keys = ApiKey.objects.of(shown).live().select_related("created_by").order_by("-sid")
    return {
        "shown": shown,
        "members": list(shown.memberships.select_related("user").order_by("user__email")),
        "roles": Role.choices,
        "member_form": member_form,
        "keys": list(keys[:MOST_SHOWN]),
        "key_count": keys.count(),
        "installs": list(switched[:MOST_SHOWN]),
        "install_count": installed.count(),
        "number_count": IncomingPhoneNumber.objects.filter(account=shown).count(),
        "publisher": Publisher.objects.filter(account=shown).first(),
        "history": history_of(account_sid=shown.sid),
    }


def _effect(shown: Account) -> dict[str, int]:
    """What stops when an account is shut out, and what goes on, in counts."""
    return {
        "members": shown.memberships.count(),
        "keys": ApiKey.objects.of(shown).live().count(),
        "installs": InstalledAddOn.objects.of(shown).live().count(),
        "numbers": IncomingPhoneNumber.objects.filter(account=shown).count(),
        "listings": Listing.objects.of(shown).filter(availability__in=RUNS).count(),
    }


def _search(words: str) -> Q:
    """Accounts that hold every word in their name, SID, or the address of a member."""
    found = Q()
    for word in words.split():
        members = Membership.objects.filter(account=OuterRef("pk"), user__email__icontains=word)
        found &= Q(friendly_name__icontains=word) | Q(sid__iexact=word) | Q(Exists(members))
    return found


def _count(rows: QuerySet[Any]) -> Any:
    """How many of these an account has, without multiplying the rows of the list."""
    mine = rows.filter(account=OuterRef("pk")).order_by().values("account")
    return Coalesce(Subquery(mine.annotate(count=Count("pk")).values("count")), 0)
