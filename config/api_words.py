"""The words of the OpenAPI document: what each operation does, what each parameter means."""

from typing import Any

from marketplace.services import UNIQUE_NAME_PATTERN
from publishers.models import ContractReport, ListingVersion, Publisher
from publishers.publisher_serializers import DECIDED
from recordings.models import Recording
from rest.openapi_parts import ADDRESSES, NULLABLE_URL, sid_pattern, whole
from results.result_models import ResultStatus

PREVIEW_TAG = "Preview (deprecated)"
TAGS = [
    ("Catalogue", "Add-ons that can be installed."),
    ("Installed add-ons", "What the account installed, and where it runs."),
    ("Lookups", "Ask the installed add-ons about a phone number."),
    ("Tasks", "Create tasks, with what the installed add-ons say of them."),
    ("Phone numbers", "Numbers of the account, and the add-ons that run for them."),
    ("Recordings", "Recordings of calls and conferences, and their audio."),
    ("Results", "What add-ons made of recordings: results, their payloads, and the payloads' data."),
    ("Deliveries", "What the account is told of, and each attempt to tell it."),
    ("Publishing", "The caller's own listings, their versions, and usage reports."),
    (PREVIEW_TAG, "The same resources under their old address."),
]
# The first word that is part of a path decides where its operations belong.
WORDS_OF_PATHS = [
    ("/marketplace/", PREVIEW_TAG),
    ("/IncomingPhoneNumbers", "Phone numbers"),
    ("/AddOnResults", "Results"),
    ("/Recordings", "Recordings"),
    ("/Usage", "Publishing"),
    ("/AvailableAddOns", "Catalogue"),
    ("/InstalledAddOns", "Installed add-ons"),
    ("/PhoneNumbers", "Lookups"),
    ("/Workspaces", "Tasks"),
    ("/Deliveries", "Deliveries"),
    ("/", "Publishing"),
]
# The kind of SID that follows a word in a path.
KINDS = {
    "Accounts": "AC",
    "AvailableAddOns": "XB",
    "InstalledAddOns": "XE",
    "AssignedAddOns": "XE",
    "AddOnResults": "XR",
    "Payloads": "XH",
    "Recordings": "RE",
    "Extensions": "XF",
    "IncomingPhoneNumbers": "PN",
    "Listing": "XB",
    "Versions": "XC",
    "Reports": "CR",
    "Comments": "RC",
    "Publishers": "AC",
    "Workspaces": "WS",
    "Deliveries": "DE",
}
# By operation ID without its first word, so that the preview shares them.
SUMMARIES = {
    "AvailableAddOns_list": "List the add-ons that can be installed",
    "AvailableAddOns_retrieve": "Read one add-on of the catalogue",
    "AvailableAddOns_Extensions_list": "List where an add-on can run",
    "AvailableAddOns_Extensions_retrieve": "Read one extension point of an add-on",
    "InstalledAddOns_list": "List installed add-ons",
    "InstalledAddOns_create": "Install an add-on",
    "InstalledAddOns_retrieve": "Read an installed add-on",
    "InstalledAddOns_update": "Change the configuration or the unique name",
    "InstalledAddOns_destroy": "Uninstall an add-on",
    "InstalledAddOns_Extensions_list": "List the switches of an installed add-on",
    "InstalledAddOns_Extensions_retrieve": "Read one switch",
    "InstalledAddOns_Extensions_update": "Switch an installed add-on on or off at one point",
    "InstalledAddOns_Upgrade_retrieve": "Read what an upgrade of an installed add-on would change",
    "InstalledAddOns_Upgrade_update": "Upgrade an installed add-on to the published version",
    "InstalledAddOns_Usage_create": "Report usage of a customer's installed add-on",
    "Listings_list": "List your listings",
    "Listings_create": "Make a listing",
    "Listing_retrieve": "Read a listing",
    "Listing_update": "Replace blocks of a listing",
    "Listing_Availability_retrieve": "Read who may have a listing",
    "Listing_Availability_update": "Move, deprecate or retire a listing",
    "Listing_Versions_list": "List the versions of a listing",
    "Listing_Versions_create": "Make a draft from a definition",
    "Listing_Versions_retrieve": "Read a version",
    "Listing_Versions_update": "Change a draft, or move a version to another status",
    "Listing_Versions_destroy": "Delete a draft",
    "Publisher_retrieve": "Read your publisher, and what was decided about it",
    "Publisher_update": "Apply as a publisher, or change what yours says of itself",
    "Publishers_list": "List all publishers, for operators",
    "Publishers_retrieve": "Read a publisher, for operators",
    "Publishers_update": "Approve, decline or suspend a publisher, for operators",
    "Listing_Versions_Differences_retrieve": "Read what a version changes, gravest first",
    "Listing_Versions_Comments_list": "List what operator and publisher say about a version",
    "Listing_Versions_Comments_create": "Say something about a section of a version",
    "Listing_Versions_Comments_retrieve": "Read a comment",
    "Listing_Versions_Comments_update": "Mark what a comment asks for as done, or open it again",
    "Listing_Versions_Checklist_retrieve": "Read the check list of a review, for operators",
    "Listing_Versions_Checklist_update": "Tick an item of the check list, for operators",
    "Listing_Versions_Reports_list": "List what the contract tester found in a version",
    "Listing_Versions_Reports_create": "Let the contract tester look at a version",
    "Listing_Versions_Reports_retrieve": "Read a report of the contract tester, and how far it is",
    "Listing_BillingItems_list": "List what usage reports of a listing may name",
    "ReferralConversion_create": "Tell that an account you brought became a customer",
    "IncomingPhoneNumbers_list": "List phone numbers",
    "IncomingPhoneNumbers_create": "Add a phone number",
    "IncomingPhoneNumbers_retrieve": "Read a phone number",
    "IncomingPhoneNumbers_update": "Change a phone number",
    "IncomingPhoneNumbers_destroy": "Remove a phone number and its assignments",
    "IncomingPhoneNumbers_AssignedAddOns_list": "List the add-ons assigned to a number",
    "IncomingPhoneNumbers_AssignedAddOns_create": "Assign an installed add-on to a number",
    "IncomingPhoneNumbers_AssignedAddOns_retrieve": "Read an assignment",
    "IncomingPhoneNumbers_AssignedAddOns_destroy": "Remove an assignment",
    "IncomingPhoneNumbers_AssignedAddOns_Extensions_list": "List the switches of an assigned add-on",
    "IncomingPhoneNumbers_AssignedAddOns_Extensions_retrieve": "Read one switch of an assigned add-on",
    "PhoneNumbers_retrieve": "Look up a number, and ask add-ons about it",
    "Recordings_list": "List recordings",
    "Recordings_retrieve": "Read a recording",
    "Recordings_destroy": "Delete a recording, its audio and what add-ons made of it",
    "Recordings_AddOnResults_list": "List what add-ons made of a recording",
    "Recordings_AddOnResults_retrieve": "Read a result",
    "Recordings_AddOnResults_destroy": "Delete a result and all its payloads",
    "Recordings_AddOnResults_Payloads_list": "List the payloads of a result",
    "Recordings_AddOnResults_Payloads_retrieve": "Read a payload's label and type",
    "Recordings_AddOnResults_Payloads_destroy": "Delete a payload",
    "Recordings_AddOnResults_Payloads_Data_retrieve": "Get a link to a payload's data",
    "Deliveries_list": "List deliveries",
    "Deliveries_retrieve": "Read a delivery and its attempts",
    "Deliveries_Replay_create": "Send a delivery once more",
    "Workspaces_Tasks_create": "Create a task, and ask add-ons about it",
}
# POSTs that are done anew each time, whatever Idempotency-Key comes with them.
NEVER_REPEATED = {"Workspaces_Tasks_create"}
# The keys of a resource's `links` or `subresource_uris`, by its component.
LINKS = {
    "AvailableAddOn": ["extensions"],
    "InstalledAddOn": ["extensions", "available_add_on"],
    "Availability": ["listing"],
    "Delivery": ["replay"],
    "Upgrade": ["installed_add_on"],
    "Version": ["listing", "differences", "comments"],
    "Report": ["version"],
    "Number": ["assigned_add_ons"],
    "AssignedAddOn": ["extensions"],
    "AddOnResult": ["payloads"],
    "Recording": ["add_on_results", "transcriptions"],
    "Payload": ["data"],
}
BLOCKS = ["description", "support", "policies", "module_info", "documentation", "pricing", "configuration"]
# What the code cannot say of a field.
FIELDS: dict[str, dict[str, Any]] = {
    **{f"Listing.{block}": {"type": ["object", "null"]} for block in BLOCKS},
    "AvailabilityIn.Availability": {"description": "What the listing becomes."},
    "AvailabilityIn.Reason": {"description": "Why, for the record."},
    "UpgradeIn.Configuration": {
        "description": "A JSON object as text, as the new version's configuration_schema asks. It replaces "
        "the stored one as a whole; without it the present values stay where the new version takes them."
    },
    "UpgradeIn.AcceptTermsOfService": {
        "description": "Must be true when the terms have changed since they were accepted."
    },
    "UpgradeIn.Mark": {
        "description": "The mark of the offer that was read: another version, price or terms published since "
        "then are refused with 409. Without it the add-on becomes whatever is published now."
    },
    "NewNumberIn.PhoneNumber": {"description": "In E.164 form. There are no numbers to choose from here."},
    "NewNumberIn.AreaCode": {"description": "Refused: there are no numbers to choose from here."},
    "Task.addons": {
        "description": "What the add-ons say, as the text of a JSON object; {} when none is asked."
    },
    "Task.attributes": {
        "description": "As they were sent: the text of a JSON object. From a task router, as it keeps them."
    },
    "Task.links": {
        **whole(
            {
                "task_queue": NULLABLE_URL,
                "workflow": NULLABLE_URL,
                "workspace": ADDRESSES["url"],
                "reservations": ADDRESSES["url"],
            }
        ),
        "additionalProperties": False,
    },
    "AddOnResult.status": {
        "enum": [each for each in ResultStatus.values if each != ResultStatus.DELETED],
        "description": "completed, failed and canceled are the end.",
    },
    "Payload.label": {"description": "What the publisher calls this part; without that, its SID."},
    "PayloadData.redirect_to": {
        **ADDRESSES["url"],
        "description": "Needs no credentials, and works for a quarter of an hour.",
    },
    "Recording.account_sid": {"pattern": sid_pattern("AC")},
    "Recording.api_version": {"const": "2010-04-01"},
    "Recording.call_sid": {"type": ["string", "null"]},
    "Recording.conference_sid": {"type": ["string", "null"]},
    "Recording.duration": {
        "type": ["string", "null"],
        "pattern": "^[0-9]+$",
        "description": "In seconds, measured from the audio; null before that.",
    },
    "Recording.price": {"type": ["string", "null"], "description": "A recording costs nothing here."},
    "Recording.source": {"enum": Recording.Source.values},
    "Recording.status": {"enum": Recording.Status.values},
    "Recording.encryption_details": {"type": ["object", "null"]},
    "Recording.media_url": {
        **ADDRESSES["url"],
        "description": "The audio, with credentials as everywhere; of a part when a Range is asked for. With "
        ".wav or .mp3 behind it, only if it is kept in that format.",
    },
    "Version.status": {"enum": ListingVersion.Status.values},
    "Comment.written_by": {"enum": ["operator", "publisher"]},
    **{
        f"Difference.{side}": {
            "type": ["object", "array", "string", "number", "boolean", "null"],
            "description": "What it was, or is; null where there is nothing.",
        }
        for side in ("before", "after")
    },
    "Report.status": {
        "enum": ContractReport.Status.values,
        "description": "done, broken and canceled are the end.",
    },
    "Report.verdict": {
        "type": ["string", "null"],
        "enum": [*filter(None, ContractReport.Verdict.values), None],
        "description": "A version with a red one cannot be submitted, with an amber one only with a Reason.",
    },
    "Report.definition_sha256": {
        "pattern": "^[0-9a-f]{64}$",
        "description": "Names what the version said; a report about something else counts no more.",
    },
    "Report.checks": {
        "type": ["array", "null"],
        "items": {"type": "object"},
        "description": "What each check came to, why it matters and how to mend it; null in a list.",
    },
    "ProfileIn.FriendlyName": {"description": "The name that customers see beside each add-on."},
    "Publisher.status": {"enum": Publisher.Status.values},
    "DecisionIn.Status": {"description": "What to make of the publisher.", "enum": DECIDED},
}
# Parameters that are needed, although a serializer says so only for all of them together.
REQUIRED = {"NewNumberIn": ["PhoneNumber"]}
# What the code cannot say of a parameter.
PARAMETERS: dict[str, dict[str, Any]] = {
    "AvailableAddOnSid": {"description": "The add-on of the catalogue to install."},
    "AcceptTermsOfService": {"description": "Must be true: the publisher's terms are accepted."},
    "Configuration": {
        "description": "A JSON object as text, as the add-on's configuration_schema asks. It replaces the "
        "stored one as a whole. Empty text counts as not given."
    },
    "UniqueName": {
        "description": "The key of this add-on's answers, unique in the account. Without it the add-on's own "
        "name is taken, or that with _1, _2, … behind it.",
        "pattern": f"^{UNIQUE_NAME_PATTERN.pattern}$",
    },
    "ModuleInfo": {"description": "Name, texts and logo, as a JSON object."},
    "Description": {"description": "Body in Markdown, highlights and code samples, as a JSON object."},
    "Documentation": {"description": "Body in Markdown, as a JSON object."},
    "Policies": {"description": "Privacy and legal, as a JSON object."},
    "Support": {"description": "Whom to ask, as a JSON object."},
    "Pricing": {"description": "Body in Markdown, as a JSON object."},
    "Definition": {"description": "How the service is asked, as a JSON object."},
    "Credentials": {
        "description": "Secrets by name, as a JSON object; null removes one. They are never shown again."
    },
    "Status": {"description": "The status to move the version to.", "enum": ListingVersion.Status.values},
    "Reason": {"description": "Why; needed for what turns a version down."},
    "Notes": {"description": "What is new in the version, for those who upgrade to it."},
    "PublishOnApproval": {
        "description": "Whether its publisher wants it published as soon as it is approved."
    },
    "PublishAtOnce": {
        "description": "With the status approved: whether it is published too. Without, as its publisher "
        "wants."
    },
    "Section": {"description": "The section of the version that the comment is about."},
    "Text": {"description": "What is to be said."},
    "Request": {"description": "Whether a change is asked for; operators only."},
    "Resolved": {"description": "true: it is done. false, for operators: it is not."},
    "Item": {"description": "The SID of an item of the check list."},
    "Ticked": {"description": "false takes the tick back."},
    "Availability": {"description": "Where a published version leads its listing."},
    "DeprecatedUntil": {
        "description": "The last day on which it is offered; empty text takes that back. Either this or an "
        "Availability is given."
    },
    "Replacement": {"description": "The listing to use then, one that everybody sees in the catalogue."},
    "InstalledAddOnSid": {"description": "The installed add-on to assign."},
    "About": {"description": "What the service does, for the operators who decide."},
    "ContactName": {"description": "Whom to talk to."},
    "ContactEmail": {"description": "Where decisions are sent, besides the owners of the account."},
    "ContactPhone": {"description": "As people write it. Empty text means none."},
    "Website": {"description": "An http or https URL. Empty text means none."},
    "DateCreated": {"description": "Made on this day, in UTC: 2026-11-21 or 2026-11-21T12:00:00Z."},
    "DateCreated<": {"description": "Made at this time or before; a day is its beginning."},
    "DateCreated>": {"description": "Made at this time or after; a day is its beginning."},
    "CallSid": {"description": "What the platform calls the call."},
    "ConferenceSid": {"description": "What the platform calls the conference."},
    "IncludeSoftDeleted": {"description": "Whether recordings that were deleted are shown, too."},
    "PhoneNumber": {"description": "A number in E.164 form; in a list also a part of it."},
    "name": {"description": "The SID of the installed add-on, or its unique name."},
    "format": {"description": "Without a format, and its dot, the answer is XML."},
    "CountryCode": {"description": "The country whose national numbers are read."},
    "Type": {
        "description": "Adds the object of this name; without a source of such data its values are null."
    },
    "AddOns": {
        "description": "Unique names of installed add-ons to ask. What an add-on takes with each lookup is "
        "sent as AddOns.{unique_name}.{parameter}."
    },
    "number": {"description": "In international format, or a national number with CountryCode."},
    "Attributes": {
        "description": "A JSON object as text. Add-ons get its texts from (or caller, or contact), to (or "
        "called) and body. Empty text counts as not given."
    },
    "WorkflowSid": {"description": "Answered back; nothing is routed here."},
    "Priority": {"description": "Answered back. Without it, 0."},
    "Timeout": {"description": "Seconds the task may wait. Without it, a day."},
    "TaskChannel": {"description": "A unique name or the SID of a channel. Without it, default."},
    "VirtualStartTime": {"description": "Since when the task waits, not in the future and not before 1900."},
    "RoutingTarget": {"description": "The SID of a worker, a queue or a workflow."},
    "IgnoreCapacity": {"description": "Without it, true when the routing target is a worker."},
    "TaskQueueSid": {"description": "Answered back; nothing is routed here."},
    "Enabled": {"description": "Whether the add-on runs here: true or false, in any letter case."},
}
