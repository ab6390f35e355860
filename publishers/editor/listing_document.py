"""A listing file, or a definition alone, taken in and given out by the console. No secret is in either."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction

from accounts.models import Account
from accounts.requests import Actor
from publishers import listing_files
from publishers.blocks import BLOCKS
from publishers.blocks import SCHEMA as LISTING_SCHEMA
from publishers.contract.check import parsed
from publishers.contract.definition_shape import SCHEMA as DEFINITION_SCHEMA
from publishers.contract.errors import Unexpected
from publishers.documents import mapping_in, text_in
from publishers.editor import saving
from publishers.models import Availability, Listing, ListingVersion
from rest.errors import Refused

MAX_VALUES: Final = 100_000
MAX_CATEGORY: Final[int] = LISTING_SCHEMA["properties"]["category"]["maxLength"]
PARTS: Final = tuple(DEFINITION_SCHEMA["properties"])
_AVAILABILITIES: Final = frozenset(LISTING_SCHEMA["properties"]["availability"]["enum"])
# They say whose a listing is and where it stands: that is not a file's to decide.
_NOT_TAKEN: Final = ("publisher", "unique_name", "availability", "credentials")


class BadDocument(Refused):
    """400: neither a listing file nor a definition."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a file holds, of what a draft can take over."""

    definition: Mapping[str, Any]
    blocks: Mapping[str, Any] = field(default_factory=dict)
    category: str | None = None
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the listing; empty for a definition alone."""
        return text_in(mapping_in(self.blocks.get("module_info")).get("name"))


def read_document(text: str) -> Taken:
    """What a listing file or a definition says; whether it is right is not judged. Raises BadDocument."""
    try:
        document = parsed(text.encode(), most_values=MAX_VALUES)
    except (Unexpected, UnicodeEncodeError) as error:
        raise BadDocument(f"The file is not JSON that can be read. {error}") from error
    if not isinstance(document, dict):
        raise BadDocument("The file must be a JSON object.")
    if isinstance(document.get("definition"), dict):
        category = document.get("category")
        known = {*BLOCKS, "definition", "category", *_NOT_TAKEN}
        return Taken(
            definition=document["definition"],
            blocks={name: document[name] for name in BLOCKS if name in document},
            category=category[:MAX_CATEGORY] if isinstance(category, str) else None,
            left_out=tuple(name[:60] for name in document if name not in known),
        )
    if not document.keys() & {"type", "request"}:
        raise BadDocument(
            "This is neither a listing file, with a definition, nor a definition, with type and request."
        )
    return Taken(definition=document)


def take_as_new(*, taken: Taken, name: str, account: Account, actor: Actor) -> Listing:
    """A new draft listing. Raises NoPublisher, BadParameter, NotStorable, or BadDocument without a name."""
    if not isinstance(taken.blocks.get("module_info", {}), Mapping):
        raise BadDocument("The member module_info must be an object.")
    title = name.strip() or taken.name
    if not title:
        raise BadDocument("Give the listing a name: the file holds a definition only.")
    with transaction.atomic():
        listing, version = saving.start_listing(
            account=account,
            name=title,
            actor=actor,
            definition=taken.definition,
            blocks=taken.blocks,
        )
        if taken.category:
            edit = saving.Edit(category=taken.category)
            saving.save(listing=listing, version=version, edit=edit, actor=actor)
    return listing


def take_into(*, taken: Taken, listing: Listing, with_texts: bool, actor: Actor) -> ListingVersion:
    """The listing's open draft says what the file says; without one, a new draft. Nothing else is touched.

    Raises AnotherIsOpen, NotStorable, BadParameter or Overtaken; then nothing is stored.
    """
    with transaction.atomic():
        version = saving.newest_version(listing)
        if version is None or not version.is_editable:
            version = saving.start_version(listing=listing, definition=taken.definition)
        else:
            parts = dict.fromkeys((*PARTS, *saving.definition_in(version))) | dict(taken.definition)
            edit = saving.Edit(parts=parts)
            _, saved = saving.save(listing=listing, version=version, edit=edit, actor=actor)
            version = saved or version
        if with_texts and taken.blocks:
            edit = saving.Edit(blocks=taken.blocks)
            saving.save(listing=listing, version=version, edit=edit, actor=actor)
    return version


def given_out(listing: Listing, version: ListingVersion | None) -> dict[str, Any]:
    """The listing file of this version: what `import_listing` and the console take again."""
    shown = version or ListingVersion(listing=listing, number=1, definition={})
    document = listing_files.export(listing, shown)
    if document["availability"] not in _AVAILABILITIES:  # in review, suspended: no file says that
        document["availability"] = Availability.DRAFT
    return document
