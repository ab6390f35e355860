"""The console's pages about the API, and the OpenAPI document."""

import hashlib

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

from accounts.requests import account_of
from config import api_description
from config.api_samples import samples
from rest.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from rest.parameters import MAX_JSON_CHARACTERS

DOCUMENT_MAX_AGE = 3600


def _document_etag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(api_description.as_json()).hexdigest()[:32]}"'


@csrf_exempt  # it changes nothing, and a POST shall hear 405
@require_safe
@cache_control(public=True, max_age=DOCUMENT_MAX_AGE)
@condition(etag_func=_document_etag)
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document. Public: it says nothing of any account."""
    return HttpResponse(api_description.as_json(), content_type="application/json")


@login_required
@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """Where the API is, code to start with, every operation, and the limits."""
    found = samples(account_of(request))
    context = {
        "samples": found,
        "groups": api_description.operations(),
        "addresses": _addresses(),
        "requests_per_minute": settings.REQUESTS_PER_MINUTE,
        "page_size": DEFAULT_PAGE_SIZE,
        "max_page_size": MAX_PAGE_SIZE,
        "max_body_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "max_json_characters": MAX_JSON_CHARACTERS,
    }
    return render(request, "api/api.html", context)


def _addresses() -> dict[str, list[str]]:
    """Each base URL, with the APIs that live there."""
    found: dict[str, list[str]] = {}
    for name, url in settings.API_URLS.items():
        found.setdefault(url, []).append(name)
    return found


@login_required
@require_safe
def try_it(request: HttpRequest) -> HttpResponse:
    """Swagger UI, all of it from our own files: a strict content security policy holds here too."""
    return render(request, "api/try.html")
