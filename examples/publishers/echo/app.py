"""Echo Mirror says back what it was sent, as httpbin does: to see what an add-on's settings become."""

from examples.publishers.desk import Service
from examples.publishers.question import JSON, Question
from examples.publishers.verification import key_in_query


def answer(question: Question) -> JSON:
    """The query, our own credential in it as well: the listing asks the platform to remove that."""
    question.text("e164")
    return {"args": dict(question.parameters)}


SERVICE = Service(name="Echo Mirror", method="GET", path="/v1/echo", credential=key_in_query, answer=answer)
