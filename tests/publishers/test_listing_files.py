"""Listing files: `import_listing` and `export_listing`."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from publishers.listing_files import BadListingFile, export, store
from publishers.models import Listing, ListingVersion, Publisher
from tests.factories import make_definition, make_listing_document, make_publisher

WITH_SECRET = make_definition(auth={"kind": "bearer", "token": "service_key"})


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


def faults_of(document: Any, **credentials: str) -> list[tuple[str, str]]:
    with pytest.raises(BadListingFile) as refused:
        store(document, credentials=credentials, publish=True)
    return [(fault.path, fault.message) for fault in refused.value.faults]


def run_import(file: Path, *options: str) -> str:
    output = StringIO()
    call_command("import_listing", str(file), *options, stdout=output)
    return output.getvalue()


def write(folder: Path, document: Any) -> Path:
    file = folder / "listing.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def test_a_file_becomes_a_draft(publisher: Publisher, tmp_path: Path) -> None:
    document = make_listing_document()
    output = run_import(write(tmp_path, document))
    listing = Listing.objects.get()
    version = listing.versions.get()
    assert (listing.availability, listing.published_version, version.status) == ("draft", None, "draft")
    assert output == f"{listing.unique_name} ({listing.sid}) created, version 1 ({version.sid}, draft)\n"


def test_publish_makes_it_available_with_its_extensions(publisher: Publisher, tmp_path: Path) -> None:
    run_import(write(tmp_path, make_listing_document(availability="beta")), "--publish")
    listing = Listing.objects.in_api().get()
    assert listing.published_version is not None
    assert listing.published_version.status == ListingVersion.Status.PUBLISHED
    names = listing.extensions.order_by("-sid").values_list("unique_name", flat=True)
    assert list(names) == ["lookup-api", "voice-incoming"]


def test_the_same_file_again_changes_nothing(publisher: Publisher) -> None:
    document = make_listing_document()
    first, second = (store(document, credentials={}, publish=True) for _ in range(2))
    assert (first.is_new_version, second.is_new_version) == (True, False)
    assert first.version == second.version
    assert Listing.objects.count() == ListingVersion.objects.count() == 1


def test_a_changed_definition_is_a_new_version_and_the_old_one_stays(publisher: Publisher) -> None:
    document = make_listing_document()
    first = store(document, credentials={}, publish=True)
    changed = {**document, "definition": make_definition(limits={"timeout_ms": 500})}
    second = store(changed, credentials={}, publish=True)
    assert (second.listing, second.version.number) == (first.listing, 2)
    assert second.listing.published_version == second.version
    first.version.refresh_from_db()
    assert first.version.definition == document["definition"]


def test_a_draft_is_changed_in_place(publisher: Publisher) -> None:
    document = make_listing_document()
    store(document, credentials={}, publish=False)
    changed = {**document, "definition": make_definition(limits={"timeout_ms": 500})}
    assert store(changed, credentials={}, publish=False).version.number == 1
    assert ListingVersion.objects.get().definition == changed["definition"]


def test_new_texts_alone_make_no_new_version(publisher: Publisher) -> None:
    document = make_listing_document()
    store(document, credentials={}, publish=True)
    named = {**document, "module_info": {"name": "New name", "short_description": "x"}}
    stored = store(named, credentials={}, publish=True)
    assert (stored.listing.name, stored.is_new_version) == ("New name", False)


def test_credentials_come_from_the_environment_or_a_file_and_are_sealed(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = {"service_key": {"env": "ACME_KEY"}}
    file = write(tmp_path, make_listing_document(definition=WITH_SECRET, credentials=credentials))
    monkeypatch.setenv("ACME_KEY", "from the environment")
    run_import(file)
    assert Listing.objects.get().credentials == {"service_key": "from the environment"}
    values = tmp_path / "credentials.json"
    values.write_text('{"service_key": "from the file"}')
    run_import(file, "--credentials", str(values))
    assert Listing.objects.get().credentials == {"service_key": "from the file"}
    assert "from the file" not in str(Listing.objects.values().get())


def test_a_stored_credential_need_not_be_given_again(publisher: Publisher) -> None:
    document = make_listing_document(definition=WITH_SECRET)
    store(document, credentials={"service_key": "kept"}, publish=True)
    assert store(document, credentials={}, publish=True).listing.credentials == {"service_key": "kept"}


def test_a_missing_credential_says_where_to_put_it(publisher: Publisher) -> None:
    document = make_listing_document(definition=WITH_SECRET)
    assert faults_of(document) == [
        (
            "/credentials/service_key",
            'the definition uses it: name its source here, such as {"env": "SERVICE_KEY"}',
        )
    ]
    named = {**document, "credentials": {"service_key": {"env": "ACME_KEY"}}}
    assert faults_of(named) == [
        (
            "/credentials/service_key",
            "has no value: set the environment variable ACME_KEY, or give it in the credentials file",
        )
    ]


def test_every_fault_is_told_at_once_with_its_path_and_nothing_is_stored(publisher: Publisher) -> None:
    document = make_listing_document(
        unique_name="Bad Name",
        colour="red",
        definition=make_definition(type="phone-numbers", extensions=[], pricing={"model": "per_use"}),
    )
    del document["module_info"]
    paths = {path for path, _ in faults_of(document)}
    assert paths >= {
        "/unique_name",
        "/colour",
        "/module_info",
        "/definition/type",
        "/definition/extensions",
    }
    assert not Listing.objects.exists()


@pytest.mark.parametrize("document", [None, [], "text", 1, {}])
def test_anything_but_a_listing_is_refused(publisher: Publisher, document: Any) -> None:
    assert faults_of(document)


def test_a_schema_with_a_remote_ref_is_refused(publisher: Publisher) -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/latest"}}}
    document = make_listing_document(definition=make_definition(response_schema=schema))
    assert faults_of(document)[0][0].startswith("/definition/response_schema")


def test_an_unknown_publisher_is_refused(db: None) -> None:
    assert faults_of(make_listing_document(publisher="nobody"))[0][0] == "/publisher"


def test_a_listing_of_another_publisher_cannot_be_taken_over(publisher: Publisher) -> None:
    document = make_listing_document()
    store(document, credentials={}, publish=True)
    make_publisher("thief")
    stolen = {**document, "publisher": "thief"}
    assert faults_of(stolen) == [("/unique_name", "belongs to another publisher: choose another name")]


def test_the_command_prints_each_fault_on_a_line(publisher: Publisher, tmp_path: Path) -> None:
    file = write(tmp_path, make_listing_document(unique_name="Bad Name"))
    with pytest.raises(CommandError, match=f"^{file} is not stored:\n  /unique_name: use lower-case letters"):
        run_import(file)


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 100_000])
def test_a_file_that_is_not_json_is_refused_in_one_line(
    publisher: Publisher, tmp_path: Path, text: str
) -> None:
    with pytest.raises(CommandError, match="is not JSON"):
        run_import(write(tmp_path, text))


def test_a_file_that_does_not_exist_is_refused_in_one_line(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run_import(tmp_path / "nothing.json")


def test_a_credentials_file_of_another_shape_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    values = tmp_path / "credentials.json"
    values.write_text('{"service_key": 1}')
    with pytest.raises(CommandError, match="must be a JSON object of credential names and texts"):
        run_import(write(tmp_path, make_listing_document()), "--credentials", str(values))


def test_an_export_is_the_file_again_without_secrets(publisher: Publisher) -> None:
    document = make_listing_document(definition=WITH_SECRET, credentials={"service_key": {"env": "ACME_KEY"}})
    listing = store(document, credentials={"service_key": "hidden"}, publish=True).listing
    output = StringIO()
    call_command("export_listing", listing.unique_name, stdout=output)
    exported = json.loads(output.getvalue())
    name = f"{listing.unique_name}_service_key".upper()
    assert exported == {**document, "credentials": {"service_key": {"env": name}}}
    assert "hidden" not in output.getvalue()
    assert not store(exported, credentials={}, publish=True).is_new_version


def test_an_export_of_nothing_says_so(publisher: Publisher) -> None:
    with pytest.raises(CommandError, match="No listing has the unique name or SID nothing"):
        call_command("export_listing", "nothing")
    listing = store(make_listing_document(), credentials={}, publish=False).listing
    with pytest.raises(CommandError, match="--draft exports its newest one"):
        call_command("export_listing", listing.sid)
    assert export(listing, listing.versions.get())["availability"] == "draft"
