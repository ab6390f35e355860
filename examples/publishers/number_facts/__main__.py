"""Number Facts as a process: ``python -m examples.publishers.number_facts``."""

from examples.publishers.service import run

run("examples.publishers.number_facts.app:SERVICE", port=8101)
