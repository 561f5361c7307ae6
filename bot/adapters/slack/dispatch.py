"""The front desk: takes what people do to the receiver and tells them what came of it, in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.conversation import in_time
from bot.adapters.slack import channel_check, inbound, names, render
from bot.adapters.slack.api import CannotKnow, call
from bot.adapters.slack.inbound import Body, Source
from bot.adapters.slack.people import Directory
from bot.adapters.slack.replies import SAVED, SAVING, TOO_LATE, Answers, Payload
from bot.core.cards import Form
from bot.core.signals import Caller, Pressed, Typed
from bot.core.verbs import BY_NAME
from bot.runtime.ports import Answer, File, Incoming, NotSent, Receiver, Refused, Signer

NOT_BROUGHT: Final = "I couldn't send you {name} by DM. Open a DM with me and ask again."
Bring = Callable[[str, str, File], Awaitable[None]]
"""Brings a file to a person of an installation by direct message."""

FOREIGN: Final = "That button has expired. Type /als home to see what's next."

log = structlog.get_logger()


class Desk:
    """What a person did goes in; what Slack is answered at once comes out, the rest follows."""

    def __init__(
        self, receiver: Receiver, signer: Signer, people: Directory, telling: Answers, bring: Bring
    ) -> None:
        """`receiver` is the service; `bring` is how files get to people."""
        self._receiver = receiver
        self._signer = signer
        self._people = people
        self._telling = telling
        self._bring_file = bring
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- commands and shortcuts -----------------------------------------------------------------

    async def command(self, web: AsyncWebClient, installation: str, body: Body) -> Payload:
        """A slash command: what to acknowledge it with, shown to the caller alone."""
        spot = inbound.command_spot(body, installation)
        signal = inbound.typed(str(body.get("text") or ""))
        who = await self._who(web, spot, str(body.get("user_name") or ""))
        payloads = await self._typed(web, spot, who, signal)
        if not payloads or "thread_ts" in payloads[0]:
            # An acknowledgement cannot stand in a thread.
            self._start(self._telling.bring(web, spot, payloads))
            return {}
        self._start(self._telling.bring(web, spot, payloads[1:]))
        return {**payloads[0], "response_type": "ephemeral"}

    async def shortcut(self, web: AsyncWebClient, installation: str, body: Body) -> None:
        """A shortcut, named like the verb it stands for; a message it was chosen on goes along."""
        user = body.get("user") or {}
        spot, signal = inbound.shortcut(body, installation)
        who = await self._who(web, spot, str(user.get("name") or ""))
        payloads = await self._typed(web, spot, who, signal)
        await self._telling.bring(web, spot, payloads)

    async def _typed(
        self, web: AsyncWebClient, spot: Source, who: Caller, signal: Typed
    ) -> list[Payload]:
        incoming = Incoming(
            spot.trigger, spot.installation, spot.place, who, signal, direct=spot.direct
        )
        verb = BY_NAME.get(signal.verb)
        if verb is not None and verb.opens:
            opened = await self._opened(web, spot, incoming, founding=verb.name)
            if opened is not None:
                return opened
        return await self._taken(web, spot, incoming)

    # --- presses ----------------------------------------------------------------------------------

    async def press(self, web: AsyncWebClient, installation: str, body: Body) -> None:
        """A button: answered by what changes on screen, or privately."""
        spot = inbound.press_spot(body, installation)
        user = body.get("user") or {}
        pressed = self._signer.open(installation, render.press(inbound.pressed(body)))
        if pressed is None:
            self._start(self._telling.bring(web, spot, [render.words(FOREIGN)]))
            return
        who = await self._who(web, spot, str(user.get("name") or user.get("username") or ""))
        if pressed.action == channel_check.NOT_HERE:
            self._start(self._telling.bring(web, spot, [render.words(channel_check.FINE)]))
            return
        payloads = await self._pressed(web, spot, who, pressed)
        if payloads:
            self._start(self._telling.bring(web, spot, payloads))

    async def _pressed(
        self, web: AsyncWebClient, spot: Source, who: Caller, pressed: Pressed
    ) -> list[Payload]:
        sure = pressed.action == channel_check.ANYWAY
        signal = replace(pressed, action="try_again") if sure else pressed
        incoming = Incoming(
            spot.trigger, spot.installation, spot.place, who, signal, direct=spot.direct
        )
        founding = "" if sure or signal.action != "try_again" else signal.value
        opened = await self._opened(web, spot, incoming, founding=founding)
        if opened is not None:
            return opened
        return await self._taken(web, spot, incoming)

    # --- forms ------------------------------------------------------------------------------------

    async def _opened(
        self, web: AsyncWebClient, spot: Source, incoming: Incoming, *, founding: str
    ) -> list[Payload] | None:
        """Open the form this leads to, if any; what to tell instead. None: there is no form."""
        form = await self._receiver.form(incoming)
        if form is None:
            return None
        if not isinstance(form, Form):
            return self._telling.drawn(spot, Answer(refusal=form))
        if founding and form.key == channel_check.FOUNDING_FORM:
            stop = await channel_check.look(web, spot.place, founding)
            if stop is not None:
                return [self._telling.message(spot, stop)]
        told = await self._open(web, spot, form)
        if form.counts:
            # The press does something by itself; its answer may bring the same form once more.
            told += await self._taken(web, spot, incoming, may_open=False)
        return told

    async def _open(self, web: AsyncWebClient, spot: Source, form: Form) -> list[Payload]:
        try:
            await self._telling.open_form(web, spot, form)
        except (Refused, NotSent, CannotKnow) as error:
            log.info("form_not_opened", error=type(error).__name__)
            return [render.words(TOO_LATE)]
        return []

    async def submit(self, web: AsyncWebClient, installation: str, body: Body) -> Payload:
        """A form that was sent: the acknowledgement closes it, keeps it open or changes it."""
        spot, signal = inbound.submitted(body, installation)
        user = body.get("user") or {}
        who = await self._who(web, spot, str(user.get("name") or ""))
        incoming = Incoming(spot.trigger, installation, spot.place, who, signal, direct=spot.direct)
        view = body.get("view") or {}
        task = self._hold(self._receiver.receive(incoming))
        answer = await in_time(task)
        if answer is None:
            self._start(self._later(web, spot, task, view))
            return {"response_action": "update", "view": _say(SAVING)}
        return self._closing(web, spot, answer, view)

    def _closing(
        self, web: AsyncWebClient, spot: Source, answer: Answer, view: Mapping[str, Any]
    ) -> Payload:
        refusal, asked = answer.refusal, inbound.questions(view)
        if refusal is not None and refusal.sentence:
            if not asked:
                return {"response_action": "update", "view": _say(refusal.sentence)}
            field = refusal.field if refusal.field in asked else asked[0]
            return {"response_action": "errors", "errors": {field: refusal.sentence}}
        form = next((t for t in answer.told if isinstance(t, Form)), None)
        if form is not None:
            again = render.modal(form, inbound.keep(form, spot))
            return {"response_action": "update", "view": again}
        payloads = self._drawn(web, spot, answer)
        if payloads and not spot.place:
            told = [b for p in payloads for b in p["blocks"]]
            return {"response_action": "update", "view": render.page(SAVED, told)}
        self._start(self._telling.bring(web, replace(spot, view=""), payloads))
        return {}

    async def _later(
        self, web: AsyncWebClient, spot: Source, task: asyncio.Task[Answer], view: Mapping[str, Any]
    ) -> None:
        """The outcome of a form that took longer than Slack waits: its page says it."""
        answer = await task
        refusal = answer.refusal
        if refusal is not None and refusal.sentence:
            await self._telling.update(web, spot, inbound.again(view, refusal.sentence))
            return
        told = [b for p in self._drawn(web, spot, answer) for b in p["blocks"]]
        page = render.page(SAVED, told or render.words(SAVED)["blocks"])
        await self._telling.update(web, spot, page)

    # --- reactions and Home -----------------------------------------------------------------------

    async def react(self, body: Body, installation: str, own: str) -> None:
        """A reaction: nobody is answered, the board shows what came of it."""
        incoming = inbound.reaction(body, installation, own)
        if incoming is not None:
            await self._receiver.receive(incoming)

    async def home(self, web: AsyncWebClient, installation: str, person: str, event: str) -> None:
        """Somebody looks at the Home tab."""
        spot = Source(installation, person)
        who = await self._who(web, spot, "")
        incoming = Incoming(event, installation, "", who, Typed("home"), direct=True)
        answer = await self._receiver.receive(incoming)
        note = answer.refusal.sentence if answer.refusal else ""
        view = self._telling.home(spot, answer.told, note)
        await call(web, "views.publish", user_id=person, view=view)

    # --- in time -------------------------------------------------------------------------------

    async def _taken(
        self, web: AsyncWebClient, spot: Source, incoming: Incoming, *, may_open: bool = True
    ) -> list[Payload]:
        """Bring it to the receiver: what to tell; after two seconds that it is being saved."""
        task = self._hold(self._receiver.receive(incoming))
        answer = await in_time(task)
        if answer is None:
            self._start(self._tell_later(web, spot, task))
            return [render.words(SAVING)] if isinstance(incoming.signal, Typed) else []
        form = next((t for t in answer.told if isinstance(t, Form)), None)
        if form is not None and may_open:
            return await self._open(web, spot, form) + self._drawn(web, spot, answer)
        return self._drawn(web, spot, answer)

    async def _tell_later(
        self, web: AsyncWebClient, spot: Source, task: asyncio.Task[Answer]
    ) -> None:
        await self._telling.bring(web, spot, self._drawn(web, spot, await task))

    def _drawn(self, web: AsyncWebClient, spot: Source, answer: Answer) -> list[Payload]:
        """What is told; files start on their own way, for they take longer than Slack waits."""
        if answer.files:
            self._start(self._bring(web, spot, answer.files))
        told = self._telling.drawn(spot, answer)
        if answer.thread and spot.place and not spot.thread:
            told = [{**p, "thread_ts": names.split(answer.thread)[1]} for p in told]
        return told

    async def _bring(self, web: AsyncWebClient, spot: Source, files: Sequence[File]) -> None:
        for file in files:
            try:
                await self._bring_file(spot.installation, spot.person, file)
            except (Refused, NotSent, CannotKnow, KeyError) as error:
                log.info("file_not_brought", error=type(error).__name__)
                said = [render.words(NOT_BROUGHT.format(name=file.name))]
                await self._telling.bring(web, replace(spot, fresh=False), said)

    async def _who(self, web: AsyncWebClient, spot: Source, handle: str) -> Caller:
        return await self._people.caller(web, spot.installation, spot.person, handle)

    def _hold(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("answer_failed", error=type(task.exception()).__name__)

    async def quiet(self) -> None:
        """Wait until everything started here is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


def _say(sentence: str) -> Payload:
    return render.page(SAVED if sentence == SAVED else "Your set", render.words(sentence)["blocks"])
