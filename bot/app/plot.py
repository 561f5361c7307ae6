"""What happens in the story of one set: it is founded, meets, and meets again six weeks later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.adapters.cast import CAST, NAMES, VOTES, Asked, called
from bot.app import unscripted
from bot.app.story import Story
from bot.core.cards import Card
from bot.core.meeting.formats import PHASES
from bot.core.walltime import instant
from bot.core.wording import DIGITS
from bot.runtime.ports.incoming import Answer
from bot.runtime.ports.stage import Look

LATE, BEFORE_LATE = "Farid", "Eve"
"""Who misses the beginning of the first meeting, and in whose turn he comes."""

CLOSING = timedelta(seconds=20)
"""How long a vote stays open once all have voted."""


async def tell(story: Story, start: datetime, format: str) -> None:
    """A set is founded, meets at `start` (local time), and meets again six weeks later."""
    await _found(story, start, format)
    starts_at = instant(start, story.zone)
    await _arrive(story, starts_at, [who for who in NAMES if who != LATE])
    await _meet(story, FIRST)
    again = story.look().next_meeting
    if again is None:
        raise RuntimeError("no meeting was planned")
    await _arrive(story, again, list(NAMES))
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
    for who in NAMES:
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
            await unscripted.play(story, [who for who in NAMES if who in story.here])
        after = story.look()
        if (after.phase, after.step) == (look.phase, look.step) and after.ends_at is not None:
            await story.until(after.ends_at)


async def _check_in(story: Story, look: Look) -> None:
    each = story.share(len(NAMES))
    for who in NAMES:
        await story.wait(each)
        if who == BEFORE_LATE:
            await story.press(LATE, "I'm here")
        story.speak(who, called(who).arriving)
        await story.press(who, "Done")


async def _check_in_again(story: Story, look: Look) -> None:
    each = story.share(len(NAMES))
    for who in NAMES:
        await story.wait(each)
        story.speak(who, called(who).again)
        await story.press(who, "Done")


async def _report(story: Story, look: Look) -> None:
    """Each who owes a word presses how it went; with two actions open the bot asks which."""
    owing = tuple(dict.fromkeys(look.owing))
    each = story.share(len(look.owing))
    for who in owing:
        for act in called(who).issue.acts:
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
    each = story.share(len(NAMES))
    for one in CAST:
        await story.wait(each)
        issue = one.issue
        if not one.offers:
            await story.press(one.name, "Nothing today")
        else:
            await story.fill(
                one.name,
                "Offer an issue",
                title=issue.title,
                why=issue.why,
                urgency=issue.urgency,
            )


async def _vote(story: Story, look: Look) -> None:
    each = (story.share(1) - CLOSING) / len(NAMES)
    for who, number in VOTES[look.steps.count("Telling the story")].items():
        await story.wait(each)
        await story.react(who, DIGITS[number - 1])
    await story.wait(CLOSING)


async def _present(story: Story, look: Look) -> None:
    issue = called(look.presenter).issue
    each = story.share(len(issue.telling) + 1)
    for words in issue.telling:
        await story.wait(each)
        story.speak(look.presenter, words)
    await story.wait(each)
    await story.fill(look.presenter, "I've finished", question=issue.key_question)


async def _clarify(story: Story, look: Look) -> None:
    await _ask(story, look.presenter, called(look.presenter).issue.facts, first=3)


async def _explore(story: Story, look: Look) -> None:
    await _ask(story, look.presenter, called(look.presenter).issue.questions, first=0)


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
    for who, words in zip(others, called(look.presenter).issue.reflections, strict=True):
        await story.wait(each)
        await story.fill(who, "Reflect", reflection=words)


async def _plan(story: Story, look: Look) -> None:
    acts = called(look.presenter).issue.acts
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
    each = story.share(len(CAST))
    for one in CAST:
        await story.wait(each)
        await story.fill(one.name, "What I learned", learning=one.learned, pulse=one.pulse)


async def _close(story: Story, look: Look) -> None:
    each = story.share(len(CAST) + 2)
    for one in CAST:
        await story.wait(each)
        story.speak(one.name, one.last_word)
    await story.press("Eve", "Clear the words")
    await story.wait(each)
    for who in NAMES[: len(NAMES) // 2 + 1]:
        await story.press(who, "Close the meeting")


def _others(presenter: str) -> list[str]:
    """Everyone else, beginning after the presenter."""
    at = NAMES.index(presenter)
    return [*NAMES[at + 1 :], *NAMES[:at]]


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


def _card(answer: Answer) -> Card | None:
    return next((told for told in answer.told if isinstance(told, Card)), None)
