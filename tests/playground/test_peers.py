"""The others, who act through the page as people do: a whole set with one person at the page."""

from bot.adapters.cast import CAST
from tests.playground.conftest import titles


def offered(state):
    return {part["key"] for part in state["others"]}


def ballot_of_five(state):
    """The ballot, once five have voted: three for one issue and two for another."""
    ballots = [message for message in state["channel"] if message["reactions"]]
    counts = sorted(len(one["who"]) for one in ballots[-1]["reactions"]) if ballots else []
    return ballots[-1] if counts[-2:] == [2, 3] else None


async def act(tab, part):
    """Let the others do a part that is on offer."""
    await tab.sees(lambda state: part in offered(state))
    reply = await tab.send("others", part=part)
    assert reply["said"].endswith(".")
    return reply["said"]


async def test_one_person_and_five_others_play_a_whole_set(open_tab):
    tab = await open_tab()
    assert tab.state["others"] == []
    await tab.fill(await tab.send("write", words="/als start"), name="Aurora")
    await tab.press("I'm here")
    await tab.press("I agree")

    assert await act(tab, "arrive") == "Ben, Chidi, Dana, Eve and Farid came in."
    await tab.press("Done")
    assert await act(tab, "check_in") == "Ben, Chidi, Dana, Eve and Farid said how they are."
    await tab.press("Nothing today")
    assert "offered an issue or passed" in await act(tab, "offer")
    await act(tab, "vote")
    ballot = await tab.sees(ballot_of_five)
    second = next(r for r in ballot["reactions"] if len(r["who"]) == 2)
    await tab.send("react", message=ballot["id"], emoji=second["emoji"])
    await tab.send("clock", to="minute")

    assert "told the story" in await act(tab, "tell")
    assert "asked" in await act(tab, "ask")
    assert "answered" in await act(tab, "answer")
    await tab.press("Next phase")
    assert "asked" in await act(tab, "ask")
    await act(tab, "answer")
    await tab.press("Next phase")
    await tab.press("Nothing to add")
    assert "reflected" in await act(tab, "reflect")
    assert "planned what to do" in await act(tab, "plan")
    await tab.press("Pass")
    await act(tab, "learn")
    await tab.press("Close the meeting")

    await tab.sees(lambda state: "Thank you all" in titles(state))
    await tab.sees(lambda state: state["others"] == [])


async def test_the_others_do_only_what_a_card_asks_and_leave_no_refusals_behind(open_tab):
    tab = await open_tab()
    await tab.fill(await tab.send("write", words="/als start"), name="Aurora")
    await tab.sees(lambda state: offered(state) == {"arrive"})

    for part in ("reflect", "tell", "no such part"):
        reply = await tab.send("others", part=part)
        assert "It may be up to you" in reply["said"]

    await tab.press("I'm here")
    await tab.press("I agree")
    await act(tab, "arrive")
    assert "up to you" in (await tab.send("others", part="arrive"))["said"]
    for persona in CAST[1:]:
        await tab.play(persona.id)
        refusals = [m for m in tab.state["channel"] if m["only"] and "yours" in m["words"]]
        assert refusals == []


async def test_a_presenter_whom_the_visitor_plays_is_not_played_by_the_others(open_tab):
    tab = await open_tab()
    await tab.fill(await tab.send("write", words="/als start"), name="Aurora")
    await tab.press("I'm here")
    await tab.press("I agree")
    await act(tab, "arrive")
    await tab.press("Done")
    await act(tab, "check_in")
    opened = await tab.press("Offer an issue")
    await tab.fill(opened, title="Mine alone", urgency="3")
    for person in ("ben", "chidi", "dana", "eve", "farid"):
        await tab.play(person)
        await tab.press("Nothing today")
    await tab.play("ana")

    await tab.sees(lambda state: "Telling the story" in titles(state))
    assert "tell" not in offered(tab.state)
    await tab.play("ben")
    await tab.sees(lambda state: "tell" in offered(state))
