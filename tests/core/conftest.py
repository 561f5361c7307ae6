"""Sets to begin a story with."""

import pytest

from tests.core.stage import CAST, Stage


@pytest.fixture
def town() -> Stage:
    """A place where no set exists yet."""
    return Stage()


@pytest.fixture
def led() -> Stage:
    """A set that Ana leads, with five members; they are together on Mondays at 18:00."""
    return Stage().found(*CAST)


@pytest.fixture
def together() -> Stage:
    """A set whose process the bot holds."""
    return Stage().found(*CAST, facilitation="bot-held")
