"""What `manage.py check --deploy` says of an installation that strangers can reach."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from publishers.contract.addresses import EgressPolicy


@register(Tags.security)
def outbound_check(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """A wrong entry is told at start-up, not by the first lookup."""
    try:
        EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
    except ValueError as error:
        return [Error(f"OUTBOUND_ALLOWED_HOSTS cannot be used: {error}", id="patchbay.E004")]
    return []


@register(Tags.security, deploy=True)
def production_check(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Demo mode and development switches are errors in production."""
    findings = {
        "patchbay.E001": (
            settings.DEMO,
            "DEMO is on: everybody can sign in with the passwords on the sign-in page.",
            "Unset DEMO; `manage.py demo reset` removes the demo's data.",
        ),
        "patchbay.E002": (
            bool(settings.OUTBOUND_ALLOWED_HOSTS),
            "OUTBOUND_ALLOWED_HOSTS opens addresses that are not public to publishers' URLs.",
            "Unset it, unless a service you run yourself is asked there.",
        ),
        "patchbay.E003": (
            not settings.SECURE_SITE,
            "PUBLIC_URL is not https: credentials would travel in clear.",
            "Put a TLS proxy in front and set PUBLIC_URL=https://… and BEHIND_TLS_PROXY=true.",
        ),
    }
    return [Error(text, hint=hint, id=name) for name, (found, text, hint) in findings.items() if found]
