"""Bad input on Discord: platform trouble."""

from __future__ import annotations

import pytest
from discord.http import Route

from bot.adapters.discord.connection.api import Unsure
from bot.runtime.ports.outgoing import NotSent, Op, Refused, Trouble
from tests.adapters.discord.hall import Hall
from tests.adapters.discord.line import KEY, Line
from tests.adapters.discord.play import found, meet_up_to_the_vote
from tests.adapters.discord.test_outbound import CARD
from tests.standins.discord import until


async def refusal(line: Line) -> Refused:
    with pytest.raises(Refused) as refused:
        await line.outbound.post(line.out(CARD, key="9" * 32))
    return refused.value


async def test_a_429_without_retry_after_is_a_wait(line: Line):
    line.server.faults.add("POST", "/messages$", "429", headers={})
    refused = await refusal(line)
    assert (refused.trouble, refused.retry_after) == (Trouble.WAIT, None)


async def test_retry_after_86400_is_handed_to_the_outbox(line: Line):
    line.server.faults.add("POST", "/messages$", "429", seconds=86_400.0)
    refused = await refusal(line)
    assert (refused.trouble, refused.retry_after) == (Trouble.WAIT, 86_400.0)


async def test_html_instead_of_json_is_unsure_and_found_again(line: Line):
    fault = line.server.faults.add("POST", "/messages$", "html", times=5)
    with pytest.raises((Unsure, TypeError)):
        await line.outbound.post(line.out(CARD))
    assert fault.hits
    line.server.faults.clear()
    assert await line.outbound.post(line.out(CARD))


async def test_a_200_that_says_no_is_unsure_never_sent(line: Line):
    line.server.faults.add("POST", "/messages$", "200", code=50035)
    with pytest.raises(Exception) as unsure:  # noqa: PT011 - whatever it is, it is no success
        await line.outbound.post(line.out(CARD))
    assert not isinstance(unsure.value, Refused | NotSent)
    assert line.place.messages == []


async def test_an_answer_cut_in_the_middle_is_unsure_and_no_second_post(line: Line):
    line.server.faults.add("POST", "/messages$", "cut")
    with pytest.raises(Unsure):
        await line.outbound.post(line.out(CARD))
    await line.outbound.post(line.out(CARD))
    assert len(line.place.messages) == 1


async def test_a_tls_error_is_certainly_not_sent(line: Line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Route, "BASE", line.server.api_url.replace("http://", "https://"))
    with pytest.raises(NotSent):
        await line.outbound.post(line.out(CARD))
    assert line.place.messages == []


async def test_a_channel_gone_in_the_middle_of_a_meeting_rests_and_is_told(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    await meet_up_to_the_vote(hall)
    place.deleted = True
    for thread in hall.guild.threads():
        thread.deleted = True
    await hall.server.gateway.dispatch("CHANNEL_DELETE", place.json(), hall.guild.id)
    await hall["Ana"].sees("Something has changed in your set's channel.", direct=True)
    await hall["Ana"].presses("Show my words", "Something has changed")
    await hall["Ana"].sees("The channel of Aurora was deleted", direct=True)


async def test_an_archived_thread_is_woken_once_and_the_edit_made(line: Line):
    board = await line.outbound.post(line.out(CARD))
    inside = await line.outbound.post(line.out(CARD, parent=board, key=KEY[::-1]))
    thread = line.server.channels[int(inside.split("/")[0])]
    thread.archived = True
    await line.outbound.edit(line.out(CARD, op=Op.EDIT, ref=inside))
    assert not thread.archived
    woken = [
        a for a in line.server.asked if (a.method, a.path) == ("PATCH", f"/channels/{thread.id}")
    ]
    assert len(woken) == 1


async def test_a_locked_thread_is_a_matter_of_the_destination(line: Line):
    board = await line.outbound.post(line.out(CARD))
    inside = await line.outbound.post(line.out(CARD, parent=board, key=KEY[::-1]))
    thread = line.server.channels[int(inside.split("/")[0])]
    thread.locked = thread.archived = True
    with pytest.raises(Refused) as refused:
        await line.outbound.edit(line.out(CARD, op=Op.EDIT, ref=inside))
    assert refused.value.trouble is Trouble.DESTINATION


async def test_a_token_revoked_in_the_middle_stops_all_sending(line: Line):
    line.server.token = "another"
    assert (await refusal(line)).trouble is Trouble.INSTALLATION
    asked = len(line.server.asked)
    assert (await refusal(line)).trouble is Trouble.INSTALLATION
    assert len(line.server.asked) == asked, "after one 401 nothing more is asked"
    line.server.token = "token-of-the-stand-in"


async def test_closed_dms_are_told_at_the_next_press(hall: Hall):
    hall["Ben"].user.dms_closed = True
    place = await hall.private()
    await found(hall, place)
    await until(
        lambda: any(a.status == 403 for a in hall.server.asked) or None, "the refused welcome"
    )
    await hall["Ben"].types("/als home", place)
    await hall["Ben"].sees("private messages do not reach you")


async def test_nothing_people_wrote_is_in_the_log(
    hall: Hall, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    hall.server.faults.add("POST", "/callback$", "500", times=1)
    await found(hall, await hall.private())
    await meet_up_to_the_vote(hall)
    seen = capsys.readouterr()
    for words in ("tired", "hand over", "Aurora", "Ana"):
        assert words not in seen.out + seen.err + caplog.text
