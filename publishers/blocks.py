"""The seven blocks of a listing (contract 3.7), each judged by its part of `listing.schema.json`."""

import json
from itertools import islice
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator

from publishers.contract.definition_shape import described_faults
from schema_forms.schemas import Fault, nul_faults, parts_of

SCHEMA: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "listing.schema.json").read_text())
# The parameters of the Listing API, in the contract's order, and the blocks they replace.
PARAMETERS: Final = {
    "ModuleInfo": "module_info",
    "Description": "description",
    "Documentation": "documentation",
    "Policies": "policies",
    "Support": "support",
    "Configuration": "configuration",
    "Pricing": "pricing",
}
BLOCKS: Final = tuple(PARAMETERS.values())
MAX_CREDENTIALS: Final[int] = SCHEMA["properties"]["credentials"]["maxProperties"]
CREDENTIAL_NAME: Final[str] = SCHEMA["properties"]["credentials"]["propertyNames"]["pattern"]
CREDENTIAL_NAME_RULE: Final[str] = SCHEMA["properties"]["credentials"]["propertyNames"]["_error"]

# The longest policies are 10,000 parts of 100 characters. A list of 300,000 entries took 10 s to judge.
MAX_PARTS: Final = 20_000
MAX_FAULTS: Final = 100

_VALIDATORS: Final = {
    name: Draft7Validator({**SCHEMA["properties"][name], "definitions": SCHEMA["definitions"]})
    for name in BLOCKS
}


def block_faults(name: str, block: Any) -> list[Fault]:
    """What is wrong with one block, such as `module_info`; nobody reads further than MAX_FAULTS."""
    if parts_of(block) > MAX_PARTS:
        return [Fault("", "Remove most of this: it has far more entries than a block can hold.", "size")]
    errors = islice(_VALIDATORS[name].iter_errors(block), MAX_FAULTS)
    return described_faults(errors) + nul_faults(block)
