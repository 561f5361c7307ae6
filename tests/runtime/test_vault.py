"""Words are sealed before they are stored, and a button cannot be made by anybody else."""

import itertools
import secrets
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import StatementError

from bot.adapters.cast import CAST
from bot.app.bot import Bot
from bot.app.plot import tell
from bot.app.story import INSTALLATION
from bot.core.cards import Button, Card
from bot.core.signals import Pressed
from bot.runtime.clock import MovableClock
from bot.runtime.store.database import Database
from bot.runtime.store.tables.sets import learning_sets
from bot.runtime.store.upkeep.migrating import upgrade
from bot.runtime.vault import DataKey, KeyMissing, Vault, new_master_key
from tests.runtime.conftest import KEY, MONDAY
from tests.runtime.people import story

ID = st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True)


def vault(*keys: str) -> Vault:
    return Vault(keys or (KEY,), lambda: secrets.token_hex(16))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_is_opened_again_and_does_not_show(words):
    ours = vault()
    ours.new_data_key("slack:T1")

    sealed = ours.seal("slack:T1", words)

    assert ours.unseal(sealed) == words
    assert len(words) < 4 or words not in sealed


def test_without_the_key_nothing_is_opened():
    ours, theirs = vault(), vault(new_master_key())
    key = ours.new_data_key("slack:T1")
    sealed = ours.seal("slack:T1", "Between us.")

    with pytest.raises(KeyMissing):
        theirs.unseal(sealed)
    with pytest.raises(KeyMissing):
        theirs.learn([key])


def test_a_forgotten_installation_is_erased():
    ours = vault()
    ours.new_data_key("slack:T1")
    sealed = ours.seal("slack:T1", "Between us.")

    ours.forget("slack:never")
    assert ours.knows("slack:T1")
    ours.forget("slack:T1")
    assert not ours.knows("slack:T1")

    with pytest.raises(KeyMissing):
        ours.unseal(sealed)
    with pytest.raises(KeyMissing):
        ours.seal("slack:T1", "More.")


def test_what_is_empty_stays_empty_and_needs_no_key():
    assert vault().seal("slack:T1", "") == ""
    assert vault().unseal("") == ""


def test_a_key_that_was_never_met_is_looked_up_once_and_one_that_is_known_is_not():
    """Given a vault that has just been started, when it meets words, then it finds their key."""
    key = vault().new_data_key("slack:T1")
    asked: list[tuple[str, str]] = []

    def found(key_id: str, installation: str) -> list[DataKey]:
        asked.append((key_id, installation))
        return [key] if key_id == key.id or installation == "slack:T1" else []

    writing, reading = vault(), vault()
    writing.find = reading.find = found
    sealed = [writing.seal("slack:T1", words) for words in ("Between us.", "And you.")]

    assert asked == [("", "slack:T1")]
    assert [reading.unseal(words) for words in sealed] == ["Between us.", "And you."]
    assert asked == [("", "slack:T1"), (key.id, "")]
    assert reading.blind("slack:T1", "#aurora") == writing.blind("slack:T1", "#aurora")


def test_what_is_stored_is_found_by_the_newest_version_too():
    """These stand in databases and on messages: whoever changes them makes all of them unknown."""
    numbers = itertools.count(1)
    ours = Vault((KEY,), lambda: f"{next(numbers):032x}")
    key = ours.new_data_key("slack:T1")
    file = BytesIO()
    ours.seal_file(BytesIO(), file)

    assert key.id == "0" * 12
    assert file.getvalue().startswith(b"als-sealed-file 1 ac5affe0ffae ")
    assert ours.blind("slack:T1", "#aurora") == "f3c00a399acb3fbb04e4013a822d865104339d87"
    assert SEALED == "1|next|s1|3||5JTvaTYnxDU"


def test_after_a_new_master_key_the_old_words_still_open():
    key = vault().new_data_key("slack:T1")
    before = vault()
    before.learn([key])
    sealed = before.seal("slack:T1", "Between us.")

    rotated = vault(new_master_key(), KEY)
    rotated.learn([key])

    assert rotated.unseal(sealed) == "Between us."


@pytest.mark.parametrize("key", ["", "not base64!", "c2hvcnQ=", KEY[:20]])
def test_a_key_that_is_none_is_refused(key):
    with pytest.raises(ValueError, match="key"):
        vault(key)


def test_no_key_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Vault([], lambda: "")


# Buttons.


@given(
    action=ID,
    subject=ID,
    step=st.none() | st.integers(0, 99),
    value=st.from_regex(r"[a-z0-9]{0,20}", fullmatch=True),
)
def test_a_button_is_what_it_was_also_after_a_restart(action, subject, step, value):
    card = Card("A card", subject=subject, step=step)

    sealed = vault().seal_button("slack:T1", card, Button("Press", action, value))

    assert vault().open_button("slack:T1", sealed) == Pressed(action, subject, step, value)
    assert len(sealed) <= 100
    assert sealed.isascii()


CARD = Card("A card", subject="s1", step=3)
SEALED = vault().seal_button("slack:T1", CARD, Button("Next phase", "next"))


@pytest.mark.parametrize(
    "forged",
    [
        SEALED.replace("next", "end"),
        SEALED.replace("|s1|", "|s2|"),
        SEALED.replace("|3|", "|4|"),
        SEALED[:-1] + ("A" if SEALED[-1] != "A" else "B"),
        SEALED.rpartition("|")[0] + "|",
        SEALED.rpartition("|")[0],
        "2" + SEALED[1:],
        "",
        "|||||",
        "next",
        "'; DROP TABLE outbox; --",
        "1|next|s1|-1||",
        "1|next|s1|9223372036854775808||x",
        SEALED + "é",
    ],
)
def test_a_forged_button_opens_nothing(forged):
    assert vault().open_button("slack:T1", forged) is None


def test_what_we_signed_ourselves_opens_nothing_where_it_is_of_another_format(monkeypatch):
    """Given a button of a version to come, or one with a field too many, then it is of no use here."""
    monkeypatch.setattr("bot.runtime.vault.FORMAT", "2")
    to_come = vault().seal_button("slack:T1", CARD, Button("Next phase", "next"))
    monkeypatch.undo()
    too_many = vault().seal_button("slack:T1", CARD, Button("Next phase", "next|one"))

    assert vault().open_button("slack:T1", to_come) is None
    assert vault().open_button("slack:T1", too_many) is None


def test_buttons_that_were_sent_long_ago_still_open():
    """Cards stand for months: given an id as the first version wrote it, then it is understood."""
    assert vault().open_button("slack:T1", "1|next|s1|3||5JTvaTYnxDU") == Pressed("next", "s1", 3)


def test_a_button_of_another_installation_opens_nothing():
    assert vault().open_button("slack:T2", SEALED) is None


def test_buttons_made_before_a_new_key_still_open_until_the_old_key_goes():
    fresh = new_master_key()

    assert vault(fresh, KEY).open_button("slack:T1", SEALED) is not None
    assert vault(fresh).open_button("slack:T1", SEALED) is None


# What lies in the database.


def test_a_sealed_column_refuses_plain_text(database):
    row = {"id": "s1", "place": "#aurora", "name": "Aurora", "agreement": "[]"}

    with pytest.raises(StatementError, match="plain text"), database.write() as connection:
        connection.execute(insert(learning_sets).values(row))


async def test_no_words_lie_readable_in_the_file(tmp_path, platform):
    """Everything people write in the whole story, searched in the file and its log of changes."""
    folder = tmp_path / "data"
    folder.mkdir()
    database = Database(f"sqlite:///{folder / 'als.db'}")
    upgrade(database, MONDAY)
    clock = MovableClock(MONDAY, seed=1)
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    said: list[str] = []

    await tell(story(bot, platform, said), MONDAY.replace(tzinfo=None, month=3, day=9), "180-wide")

    found = [words for words in written() if words in read(folder)]
    database.close()
    assert any("spring campaign" in line for line in said)
    assert found == []
    assert all(words not in read(folder) for words in (*written(), "#aurora", "Aurora"))
    assert INSTALLATION in read(folder)


def written() -> list[str]:
    """Every sentence that anybody hands in."""
    return [
        sentence
        for one in CAST
        for sentence in (one.learned, *(_of(one.issue) if one.offers else ()))
    ]


def _of(issue: object) -> list[str]:
    if isinstance(issue, str):
        return [issue] if " " in issue and issue not in ("My set", "Only me") else []
    if isinstance(issue, tuple):
        return [words for item in issue for words in _of(item)]
    slots = getattr(type(issue), "__slots__", ())
    return [words for name in slots for words in _of(getattr(issue, name))]


def read(folder: Path) -> str:
    """All bytes of all files of a folder."""
    return "".join(p.read_bytes().decode("utf-8", "replace") for p in folder.iterdir())
