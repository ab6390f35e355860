"""The request of a draft, filled with sample values and signed, as the publisher's service would get it.

No secret is in it: credentials stand by their names, and the key of the signature is the contract's example.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django import forms

from publishers.contract.audio import Encoded, Stream
from publishers.contract.definition import Definition
from publishers.contract.definition_rules import LOOKUP
from publishers.contract.errors import ContractError
from publishers.contract.fields import Sources, collect
from publishers.contract.points import POINTS
from publishers.contract.render import Identity, render
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret, revealed
from publishers.contract.signing import SignedRequest, sign
from publishers.contract.templates import JSON
from publishers.editor import sample_values
from publishers.editor.preview import Preview
from publishers.editor.sample_values import AUDIO, event_at, names_used, settings_for, typed

# Contract 8.7 signs its examples with it, and so can the reader.
SAMPLE_TOKEN: Final = "12345"  # noqa: S105 - the published example, no secret
SIGNATURE: Final = "X-Twilio-Signature"
MAX_BOXES: Final = 40
MAX_CHARACTERS: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    """A request on the wire: its bytes as text, what was signed, and the signature over it."""

    text: str
    signed_text: str
    signature: str
    signature_is_over_body: bool


class SampleForm(forms.Form):
    """The values of one made-up event; those that come from the platform itself cannot be chosen."""

    template_name = "schema_forms/form.html"
    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None, definition: Definition) -> None:
        """Without data, or with a point that the add-on does not offer, the samples stand in the boxes."""
        point = (data or {}).get("point")
        points = [POINTS[name] for name in definition.extensions]
        self.point = point if point in definition.extensions else points[0].unique_name
        super().__init__(data if point == self.point else None, prefix=None)
        self.samples = _samples(definition, self.point)
        self.fields["point"] = forms.ChoiceField(
            label="Extension point", choices=[(each.unique_name, each.friendly_name) for each in points]
        )
        self.fields["point"].initial = self.point
        for name in names_used(definition)[:MAX_BOXES]:
            if name in self.samples and name != AUDIO:
                self.fields[f"field.{name}"] = forms.CharField(
                    label=name,
                    required=False,
                    max_length=MAX_CHARACTERS,
                    strip=False,
                    initial=sample_values.shown(self.samples[name]),
                )

    def values(self) -> dict[str, Any]:
        """The value of each field; one left blank has none."""
        chosen = dict(self.samples)
        for key, text in (self.cleaned_data if self.is_bound and self.is_valid() else {}).items():
            name = key.removeprefix("field.")
            if name != key:
                chosen[name] = typed(text, self.samples[name]) if text else None
        return chosen


def _samples(definition: Definition, point: str) -> dict[str, Any]:
    """By the order of contract 8.4: of the event, else of the caller, else of the account."""
    runtime = {each.name: sample_values.TEXT for each in definition.runtime_parameters if point == LOOKUP}
    return {**settings_for(definition), **runtime, **event_at(definition, point)}


def sample_request(
    preview: Preview, *, point: str, values: Mapping[str, JSON], at: datetime
) -> SampleRequest:
    """Fill, render and sign. Raises ContractError: RequirementsNotMet (61003) or CannotRender (61009)."""
    definition = preview.definition
    sources = Sources(
        point=point,
        event=values,
        runtime=_given(values, [each.name for each in definition.runtime_parameters]),
        configuration=_given(values, settings_for(definition)),
        request_sid=f"XR{'0' * 32}",
        at=at,
    )
    rendered = render(
        definition,
        fields=collect(definition, sources),
        credentials={name: Secret(f"your-{name}") for name in definition.credentials_used},
        identity=_identity(preview),
    )
    signed = sign(rendered, token=Secret(SAMPLE_TOKEN))
    return SampleRequest(
        text=_on_the_wire(signed),
        signed_text=signed_text(signed, rendered),
        signature=dict(signed.headers)[SIGNATURE],
        signature_is_over_body=rendered.body.is_hashed,
    )


def _given(values: Mapping[str, JSON], names: Iterable[str]) -> dict[str, JSON]:
    return {name: values[name] for name in names if values.get(name) is not None}


def signed_text(signed: SignedRequest, rendered: RenderedRequest) -> str:
    """What is signed (contract 8.7): the URL as sent, then each parameter's name and value, sorted."""
    pairs = {(name, revealed(value)) for name, value in rendered.body.signed_parameters}
    return signed.url + "".join(name + value for name, value in sorted(pairs))


def _identity(preview: Preview) -> Identity:
    return Identity(
        vendor_account_sid=preview.listing.publisher.account.sid,
        add_on_sid=preview.listing.sid,
        version_sid=preview.version.sid,
        install_sid=f"XD{'0' * 32}",
        configuration_sid=f"XE{'0' * 32}",
    )


def _on_the_wire(signed: SignedRequest) -> str:
    parts = urlsplit(signed.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = [f"{name}: {value}" for name, value in signed.headers]
    head = [f"{signed.method} {target} HTTP/1.1", f"Host: {parts.netloc}", *signed.platform, *headers]
    return "\n".join([*head, "", _body(signed.body)]).rstrip("\n")


def _body(body: Encoded) -> str:
    if isinstance(body, Stream):
        return "".join(
            piece.decode() if isinstance(piece, bytes) else f"[{piece}]" for piece in body.pieces
        ).replace("\r\n", "\n")
    return body.decode()


def refusal_in_words(error: ContractError) -> str:
    """Why such an event is not sent at all."""
    return f"Such an event is not sent to you ({error.code}). {error}"
