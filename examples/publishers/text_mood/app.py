"""Text Mood: whether an English message sounds positive, neutral or negative.

The work is VADER's (Hutto and Gilbert, 2014): a lexicon made for short messages, and rules.
"""

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from examples.publishers.desk import Service
from examples.publishers.question import JSON, CannotAnswer, Question
from examples.publishers.verification import basic_password

LABELS = {
    "words": {"positive": "Positive", "neutral": "Neutral", "negative": "Negative"},
    "faces": {"positive": "🙂", "neutral": "😐", "negative": "🙁"},
}
LONGEST_TEXT = 5000
USUAL_THRESHOLD = 0.05
ANALYZER = SentimentIntensityAnalyzer()


def answer(question: Question) -> JSON:
    """The mood of one message and how sure we are of it."""
    text = question.text("text")
    threshold = question.fraction("threshold", default=USUAL_THRESHOLD)
    labels = question.choice("labels", list(LABELS), default="words")
    if not text.strip():
        raise CannotAnswer("the message has no text")
    if len(text) > LONGEST_TEXT:
        raise CannotAnswer(f"the message is longer than {LONGEST_TEXT} characters")
    scores = ANALYZER.polarity_scores(text)
    mood = mood_of(scores["compound"], threshold)
    found: JSON = {"mood": mood, "label": LABELS[labels][mood], "score": scores["compound"]}
    if question.switch("parts", default=True):
        found["parts"] = {"positive": scores["pos"], "neutral": scores["neu"], "negative": scores["neg"]}
    return found


def mood_of(score: float, threshold: float) -> str:
    """A score between -1 and 1 is a mood when it is at least as far from 0 as the threshold."""
    if score == 0 or abs(score) < threshold:
        return "neutral"
    return "positive" if score > 0 else "negative"


SERVICE = Service(name="Text Mood", method="POST", path="/v1/mood", credential=basic_password, answer=answer)
