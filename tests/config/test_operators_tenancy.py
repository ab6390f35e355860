"""The operators’ addresses, walked by everybody else."""

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

from rest.sids import new_sid
from tests.config.test_tenancy import ALL, METHODS, OPERATORS, REFUSED, is_same_view


def test_an_operators_address_is_refused_to_everybody_else(owned: dict[str, str], visit: Any) -> None:
    """403 for every method, and the same words for what is there and for what is not."""
    faults = []
    for route in ALL:
        if (kinds := OPERATORS.get(is_same_view(route))) is None:
            continue
        sids = {name: owned[kinds[name]] for name in route.parameters}
        unknown = {name: new_sid(sid[:2]) for name, sid in sids.items()}
        for method in METHODS:
            answer, missing = visit(method, route.url(sids)), visit(method, route.url(unknown))
            if answer.status_code != REFUSED:
                faults.append((method, route.pattern, answer.status_code))
            if bare(answer, sids) != bare(missing, unknown):
                faults.append((method, route.pattern, "differs from an unknown one"))
    assert faults == []


def bare(answer: HttpResponse, sids: dict[str, str]) -> str:
    """A body without the SIDs of its address, which an error page may repeat."""
    text = answer.content.decode()
    for sid in sids.values():
        text = text.replace(sid, "")
    return re.sub("csrf.*", "", text)


def test_an_operators_page_asks_a_stranger_to_sign_in(owned: dict[str, str]) -> None:
    for route in ALL:
        if route.pattern.startswith("operate"):
            kinds = OPERATORS[is_same_view(route)]
            answer = Client().get(route.url({name: owned[kinds[name]] for name in route.parameters}))
            assert (answer.status_code, answer["Location"][:16]) == (302, "/accounts/login/")
