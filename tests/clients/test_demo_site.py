"""The official Twilio client, unmodified, against the demo and its example publishers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from examples import lookup_with_twilio as example
from results.models import Invocation
from tests.live import demo_site, page_of


@pytest.fixture
def site(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[dict[str, Any]]:
    with demo_site(live_server, settings, tmp_path) as facts:
        yield facts


@pytest.fixture
def client(site: dict[str, Any]) -> Client:
    return example.client_for(site["base_url"], site["account_sid"], site["auth_token"])


def test_the_readmes_script_reads_true_answers(client: Client, site: dict[str, Any]) -> None:
    unique_name = example.install(client, "Anagram", {"shortest_word": 4})
    answers = example.look_up(client, "+18778894546", [unique_name, "northwind_number_facts"])
    assert answers["northwind_anagram"]["result"]["anagrams"][0] == "+18778TWILIO"
    assert answers["northwind_number_facts"]["result"]["line_type"] == "toll_free"
    # The publishers saw signed requests from another process, and noted them.
    for name, sid in (("vanity_words", "northwind_anagram"), ("number_facts", "northwind_number_facts")):
        assert answers[sid]["request_sid"] in page_of(site["publishers"][name])
    assert Invocation.objects.filter(status="successful").count() == 2


def test_the_client_pages_reads_dates_configurations_and_errors(client: Client) -> None:
    add_on = next(
        each for each in client.marketplace.v1.available_add_ons.list() if each.friendly_name == "Anagram"
    )
    installed = client.marketplace.v1.installed_add_ons
    made = [
        installed.create(
            available_add_on_sid=add_on.sid,
            accept_terms_of_service=True,
            configuration={"shortest_word": 3},
        )
        for _ in range(3)
    ]
    assert [each.unique_name for each in made] == [
        "northwind_anagram",
        "northwind_anagram_1",
        "northwind_anagram_2",
    ]
    assert len(installed.list(page_size=2)) == 5
    assert len(list(installed.stream(limit=3, page_size=2))) == 3
    assert made[0].date_created.year >= 2026
    changed = installed(made[0].sid).update(configuration={"shortest_word": 5}, unique_name="words")
    assert (changed.configuration, changed.unique_name) == ({"shortest_word": 5}, "words")
    with pytest.raises(TwilioRestException) as refused:
        installed(made[1].sid).update(unique_name="words")
    assert (refused.value.status, refused.value.code) == (409, 20409)
    with pytest.raises(TwilioRestException) as refused:
        installed(made[1].sid).update(configuration={"shortest_word": 99})
    assert "Invalid Configuration: /shortest_word" in refused.value.msg
    assert installed(made[0].sid).delete()
    with pytest.raises(TwilioRestException) as refused:
        installed(made[0].sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_the_preset_api_key_works_and_a_wrong_one_does_not(site: dict[str, Any]) -> None:
    key = site["api_key"]
    good = example.client_for(site["base_url"], key["sid"], key["secret"])
    installed = good.marketplace.v1.installed_add_ons.list()
    assert "northwind_number_facts" in [each.unique_name for each in installed]
    bad = example.client_for(site["base_url"], key["sid"], "wrong")
    with pytest.raises(TwilioRestException) as refused:
        bad.lookups.v1.phone_numbers("+14155552671").fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)
