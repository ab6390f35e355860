"""No draft is too large and none too strange to be compared."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.differences import MAX_DIFFERENCES, Content, differences
from tests.factories import make_definition
from tests.publishers.changing import TEXT, Definition, changed, taking, told

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["{{body}}", "https://[", "0.1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "required", "properties", "enum", "minimum", "value", "name", "items"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
MEMBERS = st.sampled_from(
    [
        *make_definition(),
        "auth",
        "remove",
        "limits",
        "runtime_parameters",
        "configuration_schema",
        "request_schema",
        "response_schema",
    ]
)
DRAFTS = st.dictionaries(
    MEMBERS,
    JSON
    | st.dictionaries(
        st.sampled_from(
            [
                "url",
                "query",
                "headers",
                "body",
                "model",
                "price",
                "billable_status",
                "kind",
                "fields",
                "properties",
                "required",
            ]
        ),
        JSON,
        max_size=5,
    ),
    max_size=8,
)


def test_giant_definitions_end_in_a_bounded_list() -> None:
    after = make_definition(
        **taking([], **{f"s{number}": TEXT for number in range(2_000)}),
        remove=[f"$.p{n}" for n in range(1000)],
    )
    assert len(differences(Content(make_definition()), Content(after))) == MAX_DIFFERENCES


def test_as_much_as_a_draft_can_hold_is_compared_in_time() -> None:
    """A quarter of a megabyte each: what looked through lists for each entry took minutes."""
    names = [f"n{number}" for number in range(20_000)]
    before = {"type": "object", "required": names, "enum": names}
    after = {
        "type": "object",
        "required": names[::-1],
        "enum": [*names[1:], "x"],
        "properties": {n: {} for n in names},
    }
    began = time.process_time()
    found = changed({"response_schema": before}, {"response_schema": after})
    assert found
    assert time.process_time() - began < 2


@settings(max_examples=300, deadline=None)
@given(before=st.none() | DRAFTS, after=DRAFTS)
def test_no_draft_is_too_strange(before: Definition | None, after: Definition) -> None:
    for _, sentence in told(before, after):
        assert sentence.endswith(".")
