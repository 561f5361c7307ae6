"""Whole files under our keys: opened as they were, or refused, whatever was done to them meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from io import BytesIO

import pytest

from bot.core.cards import Button, Card
from bot.core.signals import Pressed
from bot.runtime import vault as module
from bot.runtime.vault import FILE_MARK, ButtonSigner, FileBroken, KeyMissing, Vault, new_master_key
from tests.runtime.conftest import KEY

WORDS = b"Between us: one, two, three, four."
"""Five chunks of eight bytes, the last one shorter."""


def vault(*keys: str) -> Vault:
    count = itertools.count(1)
    return Vault(keys or (KEY,), lambda: f"{next(count):032x}")


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 8)


def sealed(words: bytes, ours: Vault | None = None) -> bytes:
    closed = BytesIO()
    (ours or vault()).seal_file(BytesIO(words), closed)
    return closed.getvalue()


def opened(closed: bytes, ours: Vault | None = None) -> bytes:
    plain = BytesIO()
    (ours or vault()).unseal_file(BytesIO(closed), plain)
    return plain.getvalue()


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 16, 34])
def test_a_file_of_any_length_is_opened_as_it_was(length: int):
    closed = sealed(WORDS[:length])

    assert opened(closed) == WORDS[:length]
    assert closed.startswith(FILE_MARK)
    assert closed.count(b"\n") == 1 + max(1, -(-length // 8))
    assert WORDS[:8] not in closed


def test_after_a_new_key_the_old_files_still_open():
    closed = sealed(WORDS)

    assert opened(closed, vault(new_master_key(), KEY)) == WORDS


def test_without_its_key_it_says_that_the_key_is_missing():
    with pytest.raises(KeyMissing):
        opened(sealed(WORDS), vault(new_master_key()))


Lines = list[bytes]

DAMAGE: dict[str, Callable[[Lines], Lines]] = {
    "no head": lambda lines: lines[1:],
    "its end cut off": lambda lines: lines[:-1],
    "nothing but its head": lambda lines: lines[:1],
    "two chunks changed places": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "a chunk left out": lambda lines: [lines[0], lines[1], *lines[3:]],
    "a chunk twice": lambda lines: [*lines[:2], *lines[1:]],
    "a chunk changed": lambda lines: [lines[0], lines[1][:-9] + b"AAAAAAA=\n", *lines[2:]],
    "a byte after its end": lambda lines: [*lines, b"x"],
    "its last chunk twice": lambda lines: [*lines, lines[-1]],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_refused(damage: Callable[[Lines], Lines]):
    lines = sealed(WORDS).splitlines(keepends=True)

    with pytest.raises(FileBroken):
        opened(b"".join(damage(lines)))


def test_chunks_of_another_file_are_refused_though_the_key_is_the_same():
    ours = vault()
    one, two = (sealed(words, ours).splitlines(keepends=True) for words in (WORDS, WORDS[::-1]))

    with pytest.raises(FileBroken, match="put together from parts"):
        opened(b"".join([*one[:2], *two[2:]]), ours)


def test_a_button_goes_to_the_platform_and_back():
    signer = ButtonSigner(vault())
    card = Card("Check-in", subject="s1", step=3)

    pressed = signer.open("slack:T1", signer.seal("slack:T1", card, Button("Done", "spoken")))

    assert pressed == Pressed("spoken", "s1", 3, "")
    assert signer.open("slack:T2", signer.seal("slack:T1", card, Button("Done", "spoken"))) is None


def test_forgetting_all_leaves_no_key_behind():
    ours = vault()
    ours.new_data_key("slack:T1")
    words = ours.seal("slack:T1", "Between us.")

    ours.forget_all()

    assert not ours.knows("slack:T1")
    with pytest.raises(KeyMissing):
        ours.unseal(words)
    with pytest.raises(KeyMissing):
        ours.blind("slack:T1", "words")


def test_a_data_key_is_wrapped_anew_once_by_the_newest_master_key():
    old, new = KEY, new_master_key()
    key = vault(old).new_data_key("slack:T1")

    anew = vault(new, old).wrapped_anew(key.wrapped)

    assert anew is not None
    assert vault(new, old).wrapped_anew(anew) is None
    with pytest.raises(KeyMissing):
        vault(new_master_key()).wrapped_anew(key.wrapped)
