"""The front desk: takes what people do to the receiver and tells them what came of it, in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.conversation import converse
from bot.adapters.slack import channel_check, inbound, names, render
from bot.adapters.slack.connection.api import CannotKnow, call
from bot.adapters.slack.inbound import Body, Source
from bot.adapters.slack.people import Directory
from bot.adapters.slack.replies import SAVED, SAVING, TOO_LATE, Answers, Payload
from bot.core.cards import Form
from bot.core.signals import Caller, Pressed, Typed
from bot.core.verbs import BY_NAME
from bot.runtime.ports.incoming import Answer, File, Incoming, Receiver, Signer
from bot.runtime.ports.outgoing import NotSent, Refused

NOT_BROUGHT: Final = (
    "I could not bring {name} by direct message; open a talk with me and ask for it again."
)
Bring = Callable[[str, str, File], Awaitable[None]]
"""Brings a file to a person of an installation by direct message."""

FOREIGN: Final = "That button is not one of mine any more; /als home helps you on."

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
        return await self._talked(web, spot, incoming, founding=verb.name if verb else "")

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
        return await self._talked(web, spot, incoming, founding=founding)

    async def _talked(
        self, web: AsyncWebClient, spot: Source, incoming: Incoming, *, founding: str
    ) -> list[Payload]:
        """Everything that is said in time; what comes later is brought there."""
        talk = _Talk(self, web, spot, typed=isinstance(incoming.signal, Typed), founding=founding)
        await self._until_answered(incoming, talk)
        return talk.said

    async def _until_answered(self, incoming: Incoming, talk: _Talk | _FormTalk) -> None:
        """Until all is said, or until it takes long: then the talk goes on without whoever asked."""
        task = asyncio.get_running_loop().create_task(converse(self._receiver, incoming, talk))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task, talk.slow}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        else:
            task.add_done_callback(self._done)

    # --- forms ------------------------------------------------------------------------------------

    async def open(
        self, web: AsyncWebClient, spot: Source, form: Form, founding: str = ""
    ) -> list[Payload]:
        """Open a form; what is said where it cannot, or should not yet, be opened."""
        if founding and form.key == channel_check.FOUNDING_FORM:
            stop = await channel_check.look(web, spot.place, founding)
            if stop is not None:
                return [self._telling.message(spot, stop)]
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
        talk = _FormTalk(self, web, spot, body.get("view") or {})
        await self._until_answered(incoming, talk)
        return talk.closing

    def closing(
        self, web: AsyncWebClient, spot: Source, answer: Answer, view: Mapping[str, Any]
    ) -> Payload:
        """How a form that was sent is acknowledged: it closes, or says what is wrong with it."""
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
        payloads = self.drawn(web, spot, answer)
        if payloads and not spot.place:
            told = [b for p in payloads for b in p["blocks"]]
            return {"response_action": "update", "view": render.page(SAVED, told)}
        self._start(self._telling.bring(web, replace(spot, view=""), payloads))
        return {}

    async def show_late(
        self, web: AsyncWebClient, spot: Source, answer: Answer, view: Mapping[str, Any]
    ) -> None:
        """The outcome of a form that took longer than Slack waits: its page says it."""
        refusal = answer.refusal
        if refusal is not None and refusal.sentence:
            await self._telling.update(web, spot, inbound.again(view, refusal.sentence))
            return
        told = [b for p in self.drawn(web, spot, answer) for b in p["blocks"]]
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

    # --- what is told --------------------------------------------------------------------------

    async def bring(self, web: AsyncWebClient, spot: Source, payloads: Sequence[Payload]) -> None:
        """Show private messages where the person stands."""
        await self._telling.bring(web, spot, payloads)

    def drawn(self, web: AsyncWebClient, spot: Source, answer: Answer) -> list[Payload]:
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


class _Talk:
    """What a command or a press is answered with: collected while Slack waits, brought after that."""

    def __init__(
        self, desk: Desk, web: AsyncWebClient, spot: Source, *, typed: bool, founding: str
    ) -> None:
        self._desk, self._web, self._spot = desk, web, spot
        self._typed, self._founding = typed, founding
        self.said: list[Payload] = []
        self.slow: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, form: Form) -> None:
        """By the trigger Slack gave, which is good for three seconds."""
        self.said += await self._desk.open(self._web, self._spot, form, self._founding)

    async def wait(self) -> None:
        """A press shows that it is under way; a command has nothing to show it."""
        if self._typed:
            self.said.append(render.words(SAVING))
        self.slow.set_result(None)

    async def tell(self, answer: Answer) -> None:
        """With what is said at once; or by itself, when no form can open any more."""
        if self.slow.done():
            late = self._desk.drawn(self._web, self._spot, answer)
            await self._desk.bring(self._web, self._spot, late)
            return
        for told in answer.told:
            if isinstance(told, Form):
                self.said += await self._desk.open(self._web, self._spot, told)
        self.said += self._desk.drawn(self._web, self._spot, answer)


class _FormTalk:
    """What a form that was sent is answered with: by how it closes, or on its page after that."""

    def __init__(
        self, desk: Desk, web: AsyncWebClient, spot: Source, view: Mapping[str, Any]
    ) -> None:
        self._desk, self._web, self._spot, self._view = desk, web, spot, view
        self.closing: Payload = {}
        self.slow: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, form: Form) -> None:
        """A form that was sent opens none."""

    async def wait(self) -> None:
        """The page says so."""
        self.closing = {"response_action": "update", "view": _say(SAVING)}
        self.slow.set_result(None)

    async def tell(self, answer: Answer) -> None:
        """By how the form closes, or on its page."""
        if self.slow.done():
            await self._desk.show_late(self._web, self._spot, answer, self._view)
        else:
            self.closing = self._desk.closing(self._web, self._spot, answer, self._view)
