"""Sets to begin a story with."""

import pytest

from tests.core_set.town import CAST, Town


@pytest.fixture
def town() -> Town:
    """A place where no set exists yet."""
    return Town()


@pytest.fixture
def led() -> Town:
    """A set that Ana leads, with five members; they are together on Mondays at 18:00."""
    return Town().found(*CAST)


@pytest.fixture
def together() -> Town:
    """A set whose process the bot holds."""
    return Town().found(*CAST, facilitation="bot-held")
