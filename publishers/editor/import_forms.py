"""A file, pasted or uploaded."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

MAX_BYTES: Final = 524_288
# What the two choices begin with.
NEW: Final = "new"
GUESSED: Final = "guessed"
TOO_LARGE: Final = f"The file is too large: at most {MAX_BYTES:,} bytes are read."


class FileForm(forms.Form):
    """Text, or a file with it. What was uploaded stands in the box afterwards."""

    template_name = "schema_forms/form.html"
    use_required_attribute = False

    text = forms.CharField(
        label="Paste it here",
        required=False,
        max_length=MAX_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "class": "form-control paste", "spellcheck": "false"}),
        error_messages={"max_length": TOO_LARGE},
    )
    file = forms.FileField(
        label="Or choose a file", required=False, widget=forms.FileInput(attrs={"class": "form-control"})
    )

    def clean_file(self) -> str:
        """The text of the upload; empty without one."""
        upload = self.cleaned_data.get("file")
        if upload is None:
            return ""
        if (upload.size or 0) > MAX_BYTES:
            raise ValidationError(TOO_LARGE)
        try:
            text: str = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError("The file is not UTF-8 text.") from error
        if "\0" in text:
            raise ValidationError("The file is not text: it has NUL characters.")
        return text

    def clean(self) -> dict[str, Any]:
        """The file wins over the box."""
        cleaned = super().clean() or {}
        cleaned["document"] = cleaned.get("file") or cleaned.get("text", "")
        if not self.errors and not cleaned["document"].strip():
            self.add_error("text", "Paste the text of a file, or choose one.")
        return cleaned


class OpenApiForm(FileForm):
    """An OpenAPI file, and once it is read, one of its operations."""

    TYPES: Final = (
        (GUESSED, "By the names of its fields"),
        ("phone-number", "A phone number"),
        ("message-analysis", "A message"),
        ("recording-analysis", "A recording"),
    )

    operation = forms.CharField(required=False, max_length=2_000, widget=forms.HiddenInput)
    type = forms.ChoiceField(label="What the add-on analyses", choices=TYPES, initial=GUESSED)

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.fields["type"].required = bool((data or {}).get("operation"))


class DefinitionForm(FileForm):
    """A listing file or a definition, and what becomes of it."""

    target = forms.ChoiceField(label="Make of it")
    name = forms.CharField(
        label="Name of a new listing",
        required=False,
        max_length=60,
        help_text="Needed for a file that holds a definition only.",
    )
    with_texts = forms.BooleanField(
        label="Take over the texts of the listing as well",
        required=False,
        help_text="For an existing listing. Those of a published one are live at once.",
    )

    def __init__(
        self, data: Any = None, files: Any = None, *, targets: list[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(data, files, **options)
        self.fields["target"].choices = [(NEW, "A new listing"), *targets]  # type: ignore[attr-defined]  # a ChoiceField's
