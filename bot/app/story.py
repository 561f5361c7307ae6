"""The story of one set as plain text: the same engine, store, outbox and alarms, without a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.memory import MemoryPlatform, Posted
from bot.adapters.plain import render
from bot.app import unscripted
from bot.app.cast import CAST, PLAYERS, VOTES, Asked, Issue, player
from bot.core.cards import Button, Card, Field, Form
from bot.core.decision import Refusal
from bot.core.meeting.formats import PHASES
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted, Typed
from bot.core.walltime import instant, local
from bot.core.wording import DIGITS
from bot.runtime.ports import Answer, Incoming, Look, Receiver, Stage

INSTALLATION = "demo:story"
PLACE = "#aurora"

LATE, BEFORE_LATE = "Farid", "Eve"
"""Who misses the beginning of the first meeting, and in whose turn he comes."""

FULL = 0.98
"""How much of a part's time people use: a meeting that ends a little early."""

CLOSING = timedelta(seconds=20)
"""How long a vote stays open once all have voted."""


@dataclass(slots=True)
class Story:
    """Plays a set through the service, by the labels people see, and prints what they read."""

    receiver: Receiver
    stage: Stage
    platform: MemoryPlatform
    zone: str
    say: Callable[[str], None]
    told: int = 0
    gestures: int = 0
    shown: dict[str, str] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)

    # --- printing ---

    def line(self, words: str) -> None:
        """One line, opening with the set's local date and time."""
        now = local(self.stage.now(), self.zone)
        self.say(f"{now:%Y-%m-%d %H:%M} {words}".rstrip())

    def show(self, where: str, card: Card, reader: str = "") -> None:
        """A card as people read it, every line dated; a private one that another had is only named."""
        drawn = render(card, self.zone, {})
        first = self.shown.setdefault(drawn, reader) if reader else reader
        if first != reader:
            self.line(f"({where}: “{card.title}”, the same as {first})")
            return
        self.line(f"┌ {where}")
        for row in drawn.splitlines():
            self.line(f"│ {row}")

    def whisper(self, who: str, words: str) -> None:
        """A sentence that only one person sees; one that another had is not printed again."""
        if self.shown.setdefault(words, who) == who or len(words) < 100:
            self.line(f"(only {who} sees) {words}")

    def catch_up(self) -> None:
        """Print what the platform has been sent since the last time."""
        gone = []
        for what, message in self.platform.log[self.told :]:
            if what == "post":
                reader = message.destination.person.capitalize()
                self.show(_where(message), message.card, reader)
            elif what == "delete":
                gone.append(f"“{message.card.title}”")
        self.told = len(self.platform.log)
        if gone:
            self.line(f"(the bot deletes {', '.join(gone)})")

    # --- acting ---

    async def bring(
        self, who: str, signal: Signal, message: str = "", *, direct: bool = False
    ) -> Answer:
        """One gesture of a person, answered, and everything that follows sent."""
        self.gestures += 1
        caller = Caller(who.casefold(), who, self.zone)
        place = "" if direct else PLACE
        incoming = Incoming(
            f"g{self.gestures}", INSTALLATION, place, caller, signal, message, direct
        )
        answer = await self.receiver.receive(incoming)
        if answer.refusal is not None and answer.refusal.sentence:
            self.whisper(who, answer.refusal.sentence)
        for told in answer.told:
            if isinstance(told, str):
                self.whisper(who, told)
            elif isinstance(told, Card):
                self.show(f"only {who} sees", told, who)
        await self.stage.settle()
        self.catch_up()
        return answer

    async def type(self, who: str, verb: str) -> Form:
        """A slash command that opens a form."""
        self.line(f"{who} types /als {verb}")
        caller = Caller(who.casefold(), who, self.zone)
        return _form(
            await self.receiver.form(Incoming("", INSTALLATION, PLACE, caller, Typed(verb)))
        )

    async def press(self, who: str, label: str, card: Card | None = None) -> Answer:
        """Press the newest button of that label that stands in the place, or one on a given card."""
        pressed = self.button(label, card)
        self.line(f"{who} presses [{label}]")
        if label == "I'm here":
            self.here.add(who)
        return await self.bring(who, pressed)

    def button(self, label: str, card: Card | None = None) -> Pressed:
        """What pressing that button is."""
        found = card or self.newest(lambda c: any(b.label == label for b in c.buttons()))
        button: Button = next(b for b in found.buttons() if b.label == label)
        subject = found.subject if button.subject is None else button.subject
        return Pressed(button.action, subject, found.step, button.value)

    async def fill(self, who: str, label: str, card: Card | None = None, **words: str) -> Answer:
        """Press a button that opens a form, and hand it in with these words."""
        return await self.write(who, label, card, lambda field: words.get(field.key, ""))

    async def write(
        self, who: str, label: str, card: Card | None, words: Callable[[Field], str]
    ) -> Answer:
        """Press a button that opens a form, and hand it in with what `words` says for each field."""
        pressed = self.button(label, card)
        caller = Caller(who.casefold(), who, self.zone)
        self.line(f"{who} presses [{label}]")
        opened = _form(await self.receiver.form(Incoming("", INSTALLATION, PLACE, caller, pressed)))
        if opened.counts:
            await self.bring(who, pressed)
        written = {asked.key: words(asked) for asked in opened.fields}
        given = {key: said for key, said in written.items() if said}
        return await self.hand_in(who, opened, **given)

    async def hand_in(self, who: str, form: Form, **words: str) -> Answer:
        """Hand in an open form."""
        given = {field.key: words.get(field.key, field.value) for field in form.fields}
        self.line(f"{who} writes under “{form.title}”:")
        for asked in form.fields:
            if words.get(asked.key):
                self.line(f"    {asked.label} {_spoken(asked, words[asked.key])}")
        filled = Submitted(form.key, tuple(given.items()), form.subject, form.step, form.value)
        return await self.bring(who, filled)

    async def react(self, who: str, emoji: str) -> None:
        """A reaction on the newest ballot."""
        ref = next(
            m.ref for m in reversed(self.platform.messages.values()) if emoji in m.card.reactions
        )
        self.platform.put_reaction(ref, who.casefold(), emoji)
        self.line(f"{who} reacts {emoji}")
        await self.bring(who, Reacted("", emoji), ref)

    def newest(self, fits: Callable[[Card], bool]) -> Card:
        """The newest card that fits and stands."""
        return next(m.card for m in reversed(self.platform.messages.values()) if fits(m.card))

    def speak(self, who: str, words: str) -> None:
        """An ordinary message, which the bot does not read."""
        self.line(f"{who}: “{words}”")

    # --- time ---

    async def wait(self, length: timedelta) -> None:
        """Time passes, and what comes due in it happens at its own moment."""
        await self.until(self.stage.now() + length)

    async def until(self, at: datetime) -> None:
        """Time passes up to an instant; each thing is printed at the moment it happens."""
        stage = self.stage
        while (due := stage.next_due()) is not None and due <= at:
            await stage.move_to(max(due, stage.now()))
            self.catch_up()
        await stage.move_to(at)
        self.catch_up()

    def look(self) -> Look:
        """What goes on in the place."""
        return self.stage.look(INSTALLATION, PLACE)

    def share(self, parts: int) -> timedelta:
        """One of so many equal shares of the time this part still has, whole seconds."""
        ends_at = self.look().ends_at
        left = (ends_at - self.stage.now()) if ends_at is not None else timedelta(0)
        return timedelta(seconds=int(left.total_seconds() * FULL / parts))


def _where(message: Posted) -> str:
    destination = message.destination
    if destination.person:
        return f"to {destination.person.capitalize()} alone"
    return "in the thread" if destination.parent else PLACE


def _form(opened: Form | Refusal | None) -> Form:
    if not isinstance(opened, Form):
        raise RuntimeError("no form was opened")
    return opened


def _spoken(field: Field, words: str) -> str:
    chosen = next((c.label for c in field.choices if words in (c.value, c.label)), words)
    return f"“{chosen}”"


def _card(answer: Answer) -> Card | None:
    return next((told for told in answer.told if isinstance(told, Card)), None)


# --- the story -------------------------------------------------------------------------------------


async def tell(story: Story, start: datetime, format: str) -> None:
    """A set is founded, meets at `start` (local time), and meets again six weeks later."""
    await _found(story, start, format)
    starts_at = instant(start, story.zone)
    await _arrive(story, starts_at, [who for who in CAST if who != LATE])
    await _meet(story, FIRST)
    again = story.look().next_meeting
    if again is None:
        raise RuntimeError("no meeting was planned")
    await _arrive(story, again, list(CAST))
    await _meet(story, SECOND)
    story.line("(here the story ends, and the second meeting goes on)")


async def _found(story: Story, start: datetime, format: str) -> None:
    await story.hand_in(
        "Ana",
        await story.type("Ana", "set new"),
        name="Aurora",
        format=format,
        zone=story.zone,
        facilitation="bot-held",
    )
    # All join within one minute, so that nobody has waited longer than another.
    for who in CAST:
        answer = await story.press(who, "Join")
        await story.press(who, "I agree", _card(answer))
    when = await story.type("Ana", "schedule")
    asked = await story.hand_in("Ana", when, when=f"{start.day} {start:%B %Y %H:%M}")
    question = _card(asked)
    assert question is not None
    await story.press("Ana", question.buttons()[0].label, question)


async def _arrive(story: Story, starts_at: datetime, who: list[str]) -> None:
    await story.until(starts_at - timedelta(minutes=14))
    for name in who:
        await story.press(name, "I'm here")
        await story.wait(timedelta(seconds=100))
    await story.until(starts_at)


async def _meet(story: Story, acts: dict[str, Act]) -> None:
    """Part after part, as far as the story goes; a part that nobody has written for is played too."""
    while (look := story.look()).phase in acts or look.phase in PHASES.keys() - WRITTEN:
        if look.phase in acts:
            await acts[look.phase](story, look)
        else:
            await unscripted.play(story, [who for who in CAST if who in story.here])
        after = story.look()
        if (after.phase, after.step) == (look.phase, look.step) and after.ends_at is not None:
            await story.until(after.ends_at)


async def _check_in(story: Story, look: Look) -> None:
    each = story.share(len(CAST))
    for who in CAST:
        await story.wait(each)
        if who == BEFORE_LATE:
            await story.press(LATE, "I'm here")
        story.speak(who, player(who).arriving)
        await story.press(who, "Done")


async def _check_in_again(story: Story, look: Look) -> None:
    each = story.share(len(CAST))
    for who in CAST:
        await story.wait(each)
        story.speak(who, player(who).again)
        await story.press(who, "Done")


async def _report(story: Story, look: Look) -> None:
    """Each who owes a word presses how it went; with two actions open the bot asks which."""
    owing = tuple(dict.fromkeys(look.owing))
    each = story.share(len(look.owing))
    for who in owing:
        for act in _issue(who).acts:
            await story.wait(each)
            await _tell_how(story, who, act.outcome, happened=act.happened, learned=act.learned)


async def _tell_how(story: Story, who: str, outcome: str, **words: str) -> None:
    if story.look().owing.count(who) == 1:
        await story.fill(who, outcome, None, **words)
        return
    choices = _card(await story.press(who, outcome))
    if choices is not None:
        await story.fill(who, choices.buttons()[0].label, choices, **words)


async def _bids(story: Story, look: Look) -> None:
    each = story.share(len(CAST))
    for one in PLAYERS:
        await story.wait(each)
        if one.issue is None:
            await story.press(one.name, "Nothing today")
        else:
            issue = one.issue
            await story.fill(
                one.name,
                "Offer an issue",
                title=issue.title,
                why=issue.why,
                urgency=issue.urgency,
            )


async def _vote(story: Story, look: Look) -> None:
    each = (story.share(1) - CLOSING) / len(CAST)
    for who, number in VOTES[look.steps.count("Telling the story")].items():
        await story.wait(each)
        await story.react(who, DIGITS[number - 1])
    await story.wait(CLOSING)


async def _present(story: Story, look: Look) -> None:
    issue = _issue(look.presenter)
    each = story.share(len(issue.telling) + 1)
    for words in issue.telling:
        await story.wait(each)
        story.speak(look.presenter, words)
    await story.wait(each)
    await story.fill(look.presenter, "I've finished", question=issue.key_question)


async def _clarify(story: Story, look: Look) -> None:
    await _ask(story, look.presenter, _issue(look.presenter).facts, first=3)


async def _explore(story: Story, look: Look) -> None:
    await _ask(story, look.presenter, _issue(look.presenter).questions, first=0)


async def _ask(story: Story, presenter: str, questions: tuple[Asked, ...], first: int) -> None:
    """Each in turn asks one question and waits; the presenter thinks, then answers or parks it."""
    others = _others(presenter)
    each = story.share(len(questions))
    for n, asked in enumerate(questions, first):
        await story.wait(each / 3)
        await story.fill(others[n % len(others)], "Ask", question=asked.words)
        await story.wait(each / 3)
        if asked.answer:
            story.speak(presenter, asked.answer)
        await story.wait(each / 3)
        await story.press(presenter, asked.button)
    await story.press(presenter, "Enough")


async def _reflect(story: Story, look: Look) -> None:
    others = _others(look.presenter)
    each = story.share(len(others))
    for who, words in zip(others, _issue(look.presenter).reflections, strict=True):
        await story.wait(each)
        await story.fill(who, "Reflect", reflection=words)


async def _plan(story: Story, look: Look) -> None:
    acts = _issue(look.presenter).acts
    each = story.share(len(acts) + 1)
    for act in acts:
        await story.wait(each)
        await story.fill(
            look.presenter,
            "Add an action",
            what=act.what,
            how=act.how,
            visibility=act.visibility,
        )
    await story.wait(each)
    await story.press(look.presenter, "That's all")


async def _break(story: Story, look: Look) -> None:
    """Nobody says anything; it ends by itself."""


async def _review(story: Story, look: Look) -> None:
    each = story.share(len(PLAYERS))
    for one in PLAYERS:
        await story.wait(each)
        await story.fill(one.name, "What I learned", learning=one.learned, pulse=one.pulse)


async def _close(story: Story, look: Look) -> None:
    each = story.share(len(PLAYERS) + 2)
    for one in PLAYERS:
        await story.wait(each)
        story.speak(one.name, one.last_word)
    await story.press("Eve", "Clear the words")
    await story.wait(each)
    for who in CAST[: len(CAST) // 2 + 1]:
        await story.press(who, "Close the meeting")


def _others(presenter: str) -> list[str]:
    """Everyone else, beginning after the presenter."""
    at = CAST.index(presenter)
    return [*CAST[at + 1 :], *CAST[:at]]


def _issue(who: str) -> Issue:
    issue = player(who).issue
    if issue is None:
        raise RuntimeError(f"{who} has no issue")
    return issue


Act = Callable[[Story, Look], Awaitable[None]]

FIRST: dict[str, Act] = {
    "check_in": _check_in,
    "bids": _bids,
    "choose": _vote,
    "present": _present,
    "clarify": _clarify,
    "explore": _explore,
    "reflect": _reflect,
    "action_plan": _plan,
    "break": _break,
    "learning_review": _review,
    "close": _close,
}
"""What these people do in each part of the first meeting."""

SECOND: dict[str, Act] = {"check_in": _check_in_again, "action_report": _report}
"""And in the second, as far as the story goes."""

WRITTEN = frozenset({"arrive", *FIRST, *SECOND})
"""The parts that somebody has written for."""
