"""What a listing tells about the data it sends."""

from typing import Any

from publishers.compiled import definition_of
from publishers.data_sent import DataSent, data_sent
from tests.factories import make_definition, make_listing


def told(*, credentials: dict[str, str] | None = None, **changes: Any) -> DataSent:
    version = make_listing(definition=make_definition(**changes), credentials=credentials).published_version
    assert version is not None
    return data_sent(version, definition_of(version))


def rows(sent: DataSent) -> list[tuple[str, str, str]]:
    return [(each.place, each.name, each.content) for each in sent.values]


def test_it_names_the_method_the_host_and_every_value(db: None) -> None:
    sent = told()
    assert (sent.method, sent.host) == ("GET", "service.example.com")
    assert rows(sent) == [("Query", "number", "the phone number: looked up, or of the sender or caller")]


def test_a_credential_is_mentioned_but_neither_named_nor_shown(db: None) -> None:
    sent = told(
        credentials={"service_key": "s3cret"},
        auth={"kind": "bearer", "token": "service_key"},
        request={
            "method": "POST",
            "url": "https://service.example.com/{{primary_address}}",
            "query": [{"name": "apikey", "credential": "service_key"}],
            "body": {"kind": "json", "fields": [{"name": "full", "value": True}]},
        },
    )
    assert [(place, name) for place, name, _ in rows(sent)] == [
        ("URL", "primary_address"),
        ("Header", "Authorization"),
        ("Query", "apikey"),
        ("Body", "full"),
    ]
    assert [content for *_, content in rows(sent)][1:] == [
        "the publisher’s own key",
        "the publisher’s own key",
        "a fixed value",
    ]


def test_settings_and_values_of_a_lookup_are_told_apart(db: None) -> None:
    values = ["{{language}}", "{{depth}}", "{{mode}}", "v1", "{{SHA256:primary_address}}"]
    sent = told(
        configuration_schema={
            "type": "object",
            "properties": {
                "language": {"type": "string", "name": "Spoken language"},
                "mode": {"type": "string"},
            },
        },
        runtime_parameters=[{"name": "depth"}, {"name": "mode"}],
        request={
            "method": "GET",
            "url": "https://service.example.com/facts",
            "query": [{"name": f"q{index}", "value": value} for index, value in enumerate(values)],
        },
    )
    assert [content for *_, content in rows(sent)] == [
        "your setting “Spoken language”",
        "“depth” of a single lookup",
        "“mode” of a single lookup, else your setting “Mode”",
        "a fixed value",
        "a SHA-256 hash of the phone number: looked up, or of the sender or caller",
    ]
