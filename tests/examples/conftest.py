from collections.abc import AsyncIterator

import pytest

from examples.publishers.echo.app import SERVICE as ECHO
from examples.publishers.number_facts.app import SERVICE as NUMBER_FACTS
from examples.publishers.text_mood.app import SERVICE as TEXT_MOOD
from examples.publishers.vanity_words.app import SERVICE as VANITY_WORDS
from tests.examples.caller import Caller, calling


@pytest.fixture
async def facts() -> AsyncIterator[Caller]:
    async with calling(NUMBER_FACTS) as caller:
        yield caller


@pytest.fixture
async def words() -> AsyncIterator[Caller]:
    async with calling(VANITY_WORDS) as caller:
        yield caller


@pytest.fixture
async def mood() -> AsyncIterator[Caller]:
    async with calling(TEXT_MOOD) as caller:
        yield caller


@pytest.fixture
async def echo() -> AsyncIterator[Caller]:
    async with calling(ECHO) as caller:
        yield caller
