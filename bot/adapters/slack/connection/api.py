"""Calls to Slack's Web API: one try each, every failure told apart by what is certain."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.signals import Change
from bot.runtime.ports.outgoing import NotSent, Refused, Trouble

T = TypeVar("T")

TIMEOUT: Final = 10
"""Seconds one request may take."""

LONGEST_WAIT: Final = 3600.0
"""Seconds we believe a `Retry-After`; afterwards we ask again."""

DEFAULT_WAIT: Final = 30.0
"""Seconds to wait where Slack says 429 and not how long."""

_FORM = (
    "invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long metadata_too_large "
    "invalid_metadata_format invalid_metadata_schema no_text invalid_arguments "
    "too_many_attachments invalid_arg_name invalid_array_arg invalid_name bad_timestamp"
)
_DESTINATION = (
    "is_archived channel_not_found not_in_channel restricted_action "
    "restricted_action_read_only_channel restricted_action_thread_only_channel "
    "restricted_action_non_threadable_channel restricted_action_thread_locked is_inactive "
    "messages_locked cannot_reply_to_message thread_not_found invalid_thread_ts "
    "method_not_supported_for_channel_type ekm_access_denied missing_scope no_permission "
    "cant_update_message cant_delete_message edit_window_closed update_failed"
)
_PERSON = (
    "user_disabled user_not_found user_not_visible messages_tab_disabled cannot_dm_bot "
    "users_not_found user_not_in_channel"
)
_INSTALLATION = (
    "token_revoked account_inactive app_uninstalled token_expired invalid_auth not_authed "
    "team_access_not_granted access_denied org_login_required not_allowed_token_type"
)
_WAIT = "ratelimited rate_limited team_added_to_org request_timeout service_unavailable"
_UNSURE = frozenset({"fatal_error", "internal_error"})

TROUBLES: Final[dict[str, Trouble]] = {
    code: trouble
    for trouble, codes in (
        (Trouble.FORM, _FORM),
        (Trouble.DESTINATION, _DESTINATION),
        (Trouble.PERSON, _PERSON),
        (Trouble.INSTALLATION, _INSTALLATION),
        (Trouble.WAIT, _WAIT),
        (Trouble.GONE, "message_not_found not_found no_item_specified"),
    )
    for code in codes.split()
}
"""Slack's words for why, and what follows (the table of delivery)."""

CHANGES: Final = {
    "is_archived": Change.ARCHIVED,
    "not_in_channel": Change.BOT_LEFT,
    "channel_not_found": Change.BOT_LEFT,
}
"""What must have happened to a channel that is refused with this word."""


quiet: Final = logging.getLogger("als.slack.library")
"""What Slack's libraries log goes here and is cut down to where it came from: their words may hold
what people wrote, and tokens."""


class CannotKnow(Exception):
    """The request left and no answer tells what became of it. `code` holds no content."""


def _without_content(record: logging.LogRecord) -> bool:
    record.msg, record.args = f"{record.module}.{record.funcName}", ()
    record.exc_info = record.exc_text = record.stack_info = None
    return True


quiet.addFilter(_without_content)
quiet.setLevel(logging.WARNING)


def client(token: str, base_url: str, session: aiohttp.ClientSession | None) -> AsyncWebClient:
    """A Web API client that never tries anything twice."""
    return AsyncWebClient(
        token=token,
        base_url=base_url,
        timeout=TIMEOUT,
        session=session,
        retry_handlers=[],
        logger=quiet,
    )


async def call(web: AsyncWebClient, method: str, **arguments: Any) -> Mapping[str, Any]:
    """One call. Raises `Refused`, `NotSent`, or `CannotKnow`; never an exception with content."""
    return await outcome(web.api_call(method, json=arguments))


async def ask(web: AsyncWebClient, method: str, **arguments: Any) -> Mapping[str, Any]:
    """One question: as `call`, for the methods that read and take no JSON."""
    return await outcome(web.api_call(method, http_verb="GET", params=arguments))


async def who_am_i(web: AsyncWebClient) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """What Slack says of the token: whose it is, and which rights it carries."""
    told = await _response(web.api_call("auth.test"))
    headers = {k.lower(): v for k, v in told.headers.items()}
    granted = headers.get("x-oauth-scopes", "").split(",")
    scopes = tuple(s.strip() for s in granted if s.strip())
    return (told.data if isinstance(told.data, dict) else {}), scopes


async def upload(web: AsyncWebClient, address: str, content: bytes) -> None:
    """Bytes to the address Slack gave for them. It carries its own right: no token goes along."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with AsyncExitStack() as stack:
        session = web.session
        if session is None:
            session = await stack.enter_async_context(aiohttp.ClientSession())
        try:
            async with session.post(address, data=content, timeout=timeout) as told:
                if told.status != 200:
                    raise CannotKnow(f"upload_{told.status}")
        except aiohttp.ClientConnectorError:
            raise NotSent("no connection") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CannotKnow(type(error).__name__) from None


async def outcome(request: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
    """What a call of the library's own answers; failures as in `call`."""
    told = await _response(request)
    return told.data if isinstance(told.data, dict) else {}


async def _response(request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    return await outcome_of(request)


async def outcome_of(request: Awaitable[T]) -> T:
    """Whatever the library does, its failures told apart as in `call`."""
    try:
        return await request
    except (Refused, NotSent, CannotKnow):
        raise
    except SlackApiError as no:
        raise _meaning(no) from None
    except aiohttp.ClientConnectorError:
        raise NotSent("no connection") from None
    except Exception as error:
        raise CannotKnow(type(error).__name__) from None


def _meaning(no: SlackApiError) -> Refused | CannotKnow:
    told = no.response
    status = getattr(told, "status_code", 200)
    data = getattr(told, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    if status == 429:
        return Refused(Trouble.WAIT, "ratelimited", _wait(getattr(told, "headers", {})))
    if status >= 500 or not isinstance(code, str) or code in _UNSURE:
        return CannotKnow(code if isinstance(code, str) else f"http_{status}")
    trouble = TROUBLES.get(code)
    if trouble is None:
        trouble = Trouble.DESTINATION if code.startswith("restricted_action") else Trouble.FORM
    return Refused(trouble, code, change=CHANGES.get(code))


def _wait(headers: Mapping[str, str]) -> float:
    told = {k.lower(): v for k, v in headers.items()}.get("retry-after", "")
    seconds = float(told) if told.replace(".", "", 1).isdigit() else DEFAULT_WAIT
    return min(max(seconds, 1.0), LONGEST_WAIT)
