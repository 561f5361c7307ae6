"""Bad input on Discord: text."""

from __future__ import annotations

import pytest

from bot.core.wording import tidy
from tests.adapters.discord.hall import Hall
from tests.standins.discord import Interaction, Message, plain, rules, shown
from tests.standins.discord.people import Form

pytestmark = pytest.mark.asyncio(loop_scope="module")

INVISIBLE = "\u200b\u200c\u2060 "


async def question(hall: Hall) -> Form:
    """The form a question is asked by, open before Ana."""
    await hall["Ana"].presses("Ask")
    return await hall["Ana"].sees_form("Your question")


async def handed_in(hall: Hall, words: str) -> Interaction:
    """Ana's question, handed in with these words, however little they are."""
    form = await question(hall)
    form.values["Question"] = words or " "
    return await form.submit()


async def asked(hall: Hall, words: str) -> Message:
    """The question with these words as everybody sees it; then it is answered."""
    one = await handed_in(hall, words)
    assert not any("Not saved yet" in shown(m) for m in one.said)
    said = await hall["Eve"].sees(tidy(words))
    await hall["Ben"].presses("Answered")
    assert said.mentions == []
    return said


async def handed_back(hall: Hall, words: str) -> None:
    """Not taken; everything that was typed stands in the answer, and in the form again."""
    one = await handed_in(hall, words)
    [answer] = one.said
    assert "Not saved yet" in shown(answer)
    assert answer.ephemeral
    kept = words.strip(INVISIBLE)
    assert kept[:200] in shown(answer)
    if kept:
        await hall["Ana"].presses("Correct it", answer)
        again = await hall["Ana"].sees_form("Your question")
        assert again.values["Question"] == words
        hall["Ana"].put_away(again.interaction)


async def test_empty_is_handed_back(asking: Hall):
    await handed_back(asking, "")


async def test_only_spaces_is_handed_back(asking: Hall):
    await handed_back(asking, "     ")


async def test_only_zero_width_is_handed_back(asking: Hall):
    await handed_back(asking, "\u200b\u200c\u2060")


async def test_characters_are_taken(asking: Hall):
    await asked(asking, "x" * 300)


async def test_characters_are_handed_back(asking: Hall):
    await handed_back(asking, "y" * 301)


@pytest.mark.parametrize("length", [2000, 2001])
async def test_2000_and_2001_characters_are_handed_back_whole(asking: Hall, length: int):
    await handed_back(asking, "y" * length)


@pytest.mark.parametrize("length", [3000, 3001])
async def test_3000_and_3001_characters_are_handed_back_whole(asking: Hall, length: int):
    await handed_back(asking, "y" * length)


async def test_40000_characters_cannot_be_typed_and_4000_are_handed_back(asking: Hall):
    form = await question(asking)
    with pytest.raises(AssertionError, match="is too long"):
        await form.fill({"Question": "z" * 40_000}).submit()
    form.values["Question"] = "z" * rules.TYPED
    one = await form.submit()
    assert "Not saved yet" in shown(one.said[0])


async def test_a_4_byte_emoji_at_the_cut_is_whole_or_gone(asking: Hall):
    said = await asked(asking, "a" * 295 + "👩‍👩‍👧")
    assert "\ufffd" not in shown(said)


async def test_combining_marks_times_500_zalgo_is_handed_back(asking: Hall):
    await handed_back(asking, "Z" + "\u0335" * 500)


async def test_a_right_to_left_override_does_not_turn_what_follows(asking: Hall):
    said = await asked(asking, "\u202egnp.exe")
    assert "\u202e" not in shown(said)


async def test_a_nul_is_not_kept(asking: Hall):
    said = await asked(asking, "before \x00 after")
    assert "\x00" not in shown(said)


async def test_a_lone_surrogate_is_not_kept(asking: Hall):
    one = await handed_in(asking, "lone \ud800 surrogate")
    assert not any("Something went wrong" in shown(m) for m in one.said)
    said = await asking["Eve"].sees("surrogate")
    await asking["Ben"].presses("Answered")
    assert "\ud800" not in shown(said)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        pytest.param("<!channel>", "see <!channel>", id="channel"),
        pytest.param("<!subteam^S1>", "see <!subteam^S1>", id="subteam"),
        pytest.param("@everyone", "see @everyone @here", id="everyone"),
        pytest.param("<@&role>", "see <@&123456789012345678>", id="role"),
        pytest.param("<https://evil|bank>", "see [bank](https://evil.example)", id="link"),
        pytest.param("``` and |||| spoilers", "see ``` a ``` |||| b ||||", id="spoilers"),
        pytest.param("&lt;!here&gt;", "see &lt;!here&gt;", id="escaped already"),
    ],
)
async def test_markup_shows_as_it_was_typed(asking: Hall, case: str, words: str):
    said = await asked(asking, words)
    drawn = "".join(c.get("content", "") for c in rules.inside(said.components))
    assert "@everyone" not in drawn
    assert "<@&" not in drawn
    assert "](https://" not in drawn
    assert "```" not in drawn.replace("\\`", "")
    assert words in plain(drawn), case


async def test_a_person_named_in_words_is_not_called(asking: Hall):
    said = await asked(asking, f"what does <@{asking['Eve'].user.id}> say?")
    assert said.mentions == []
