"""Which installation an envelope from Slack speaks of."""

from __future__ import annotations

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize

from bot.adapters.slack.install.installed import Tokens


class KnownToUs(AsyncAuthorize):
    """Which installation an envelope speaks of; None where we are not installed."""

    def __init__(self, tokens: Tokens) -> None:
        """Answers from memory: this is asked within Slack's three seconds."""
        self._tokens = tokens

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, **_: object
    ) -> AuthorizeResult | None:
        """Asked by Bolt before every listener."""
        installed = await self._tokens.find(team_id, enterprise_id)
        return installed.authorized() if installed is not None else None
