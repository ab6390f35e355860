"""Every limit of this package, in one place."""

# --- Any schema ------------------------------------------------------------------------------
SCHEMA_BYTES_MAX = 64 * 1024
EXPANDED_NODES_MAX = 10_000
DEPTH_MAX = 64
PATTERN_LENGTH_MAX = 512
# A pattern may compile to 1 MiB; a thousand of them took 3.6 s and 500 MB.
PATTERNS_MAX = 100
# Parts of a schema times parts of a document: up to here all errors are collected, about 15 us each. A list
# of 1,000 entries against an anyOf of 1,000 branches took 15 s and 1.6 GB.
ERROR_WORK_MAX = 50_000
FAULTS_MAX = 100
# The same where one error is asked for, which may hold those of many branches.
FIRST_ERROR_WORK_MAX = 2_000
# What the validator may take, which holds up the event loop: steps of about 5 ns, as the schema promises, and
# time of the processor where patterns are run. Lists of 5,000 objects in an enum took 6.7 s, look-aheads on
# the names of 1,300 properties 33 s.
VALIDATION_WORK_MAX = 1_000_000
VALIDATION_MS_MAX = 4
# A document is not counted before that many values are allowed: an answer never has so many.
VALUES_UNCOUNTED = 100_000
# This many characters of a document count as one part.
PART_CHARACTERS = 100
# A string that a pattern is run against.
MATCHED_LENGTH_MAX = 1_024

# --- The regex engine ------------------------------------------------------------------------
BACKTRACK_LIMIT = 10_000
REGEX_SIZE_LIMIT = 1 << 20

# --- Configuration schemas -------------------------------------------------------------------
PROPERTIES_MAX = 100
ENUM_VALUES_MAX = 200
COMBINATION_DEPTH_MAX = 4
LABEL_LENGTH_MAX = 100
HELP_LENGTH_MAX = 500
DESCRIPTION_LENGTH_MAX = 1_000
EXAMPLE_LENGTH_MAX = 200
CHOICE_LENGTH_MAX = 200

# --- Form fields -----------------------------------------------------------------------------
# What every JSON parser and database in reach keeps exactly.
INTEGER_MAX = 2**63 - 1
NUMBER_TEXT_MAX = 64
# A longer text is typed into a box of several lines.
ONE_LINE_MAX = 120
