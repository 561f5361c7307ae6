"""Keys and sealed words: what is encrypted at rest, and button ids that cannot be forged."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.cards import Button, Card
from bot.core.signals import Pressed

CHUNK = 1 << 20
"""Bytes of a file that are sealed together: a copy of any size needs no more memory than a few."""

FILE_MARK = b"als-sealed-file 1 "
"""How a sealed file begins; the id of its key and its own id follow on the same line."""

FORMAT = "1"
"""The format number of button ids and sealed words."""

MAC_BYTES = 8


class Sealed(str):
    """A ciphertext. Columns for people's words take nothing else, so that none is stored plain."""

    __slots__ = ()


class KeyMissing(Exception):
    """A sealed value names a key that is not here."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One installation's own key, wrapped by a master key; `id` is in every ciphertext."""

    id: str
    installation: str
    wrapped: str


def new_master_key() -> str:
    """A fresh master key, as `ALS_ENCRYPTION_KEYS` takes it."""
    return Fernet.generate_key().decode()


class FileBroken(Exception):
    """A sealed file is cut short, put together from parts, or was changed."""


class Vault:
    """Seals and opens words, and signs button ids. Newest master key first; any verifies."""

    def __init__(self, master_keys: Iterable[str], chance: Callable[[], str]) -> None:
        """`master_keys` are url-safe base64 of 32 bytes each; raises ValueError for anything else."""
        masters = [_key_bytes(key) for key in master_keys]
        if not masters:
            raise ValueError("at least one encryption key is needed")
        self._newest = _fernet(masters[0], b"als wrap")
        self._wrapping = MultiFernet([_fernet(m, b"als wrap") for m in masters])
        self._signing = [_derive(m, b"als buttons") for m in masters]
        self._files = {_key_id(m): _fernet(m, b"als files") for m in masters}
        self._chance = chance
        self._by_id: dict[str, Fernet] = {}
        self._index: dict[str, bytes] = {}
        self._current: dict[str, DataKey] = {}
        self.find: Callable[[str, str], Iterable[DataKey]] = _nowhere

    def learn(self, keys: Iterable[DataKey]) -> None:
        """Make these data keys usable. Raises KeyMissing where the master key is another one."""
        for key in keys:
            try:
                raw = self._wrapping.decrypt(key.wrapped.encode())
            except InvalidToken as error:
                raise KeyMissing(
                    f"data key {key.id} was wrapped by a key that is not here"
                ) from error
            self._by_id[key.id] = Fernet(raw)
            self._index[key.id] = _derive(base64.urlsafe_b64decode(raw), b"als index")
            self._current[key.installation] = key

    def knows(self, installation: str) -> bool:
        """Whether words of this installation can be sealed now."""
        return installation in self._current

    def new_data_key(self, installation: str) -> DataKey:
        """A data key for an installation that has none; store it before using what it seals."""
        raw = base64.urlsafe_b64encode(bytes.fromhex(self._chance() + self._chance()))
        wrapped = self._wrapping.encrypt(raw).decode()
        key = DataKey(self._chance()[:12], installation, wrapped)
        self.learn((key,))
        return key

    def wrapped_anew(self, wrapped: str) -> str | None:
        """The same data key wrapped by the newest master key; None where it is already.

        Raises KeyMissing where no master key here opens it.
        """
        try:
            self._newest.decrypt(wrapped.encode())
        except InvalidToken:
            try:
                return self._wrapping.rotate(wrapped.encode()).decode()
            except InvalidToken as error:
                raise KeyMissing("a data key was wrapped by a key that is not here") from error
        return None

    def forget(self, installation: str) -> None:
        """What this installation has sealed can be read by nobody here any more."""
        key = self._current.pop(installation, None)
        if key is not None:
            self._by_id.pop(key.id, None)
            self._index.pop(key.id, None)

    def forget_all(self) -> None:
        """As `forget`, for every installation."""
        for known in (self._by_id, self._index, self._current):
            known.clear()

    def seal(self, installation: str, words: str) -> Sealed:
        """The words as only this installation's key opens them; empty stays empty."""
        if not words:
            return Sealed("")
        key = self._key_of(installation)
        token = self._by_id[key.id].encrypt(words.encode()).decode()
        return Sealed(f"{FORMAT}.{key.id}.{token}")

    def unseal(self, sealed: str) -> str:
        """The words again. Raises KeyMissing where their key is forgotten or not here."""
        if not sealed:
            return ""
        _, key_id, token = sealed.split(".", 2)
        if key_id not in self._by_id:
            self.learn(self.find(key_id, ""))
        try:
            return self._by_id[key_id].decrypt(token.encode()).decode()
        except (KeyError, InvalidToken) as error:
            raise KeyMissing(f"key {key_id} is not here") from error

    def blind(self, installation: str, words: str) -> str:
        """A keyed hash to look something up by without storing it: a place, a message reference."""
        key = self._index[self._key_of(installation).id]
        return hmac.digest(key, words.encode(), hashlib.sha256).hex()[:40]

    def _key_of(self, installation: str) -> DataKey:
        if installation not in self._current:
            self.learn(self.find("", installation))
        try:
            return self._current[installation]
        except KeyError:
            raise KeyMissing(f"{installation} has no key") from None

    # --- whole files ---

    def seal_file(self, plain: BinaryIO, sealed: BinaryIO) -> None:
        """A file as only our master keys open it, chunk by chunk; the key's id is in its head."""
        key_id, fernet = next(iter(self._files.items()))
        own = self._chance()
        sealed.write(FILE_MARK + f"{key_id} {own}\n".encode())
        number, chunk = 0, plain.read(CHUNK)
        while True:
            following = plain.read(CHUNK)
            head = f"{own}:{number}:{'more' if following else 'last'}:".encode()
            sealed.write(fernet.encrypt(head + chunk) + b"\n")
            if not following:
                return
            number, chunk = number + 1, following

    def unseal_file(self, sealed: BinaryIO, plain: BinaryIO) -> None:
        """The file again. Raises KeyMissing where another key sealed it, FileBroken where damaged."""
        head = sealed.readline(200)
        if not head.startswith(FILE_MARK):
            raise FileBroken("no sealed file")
        key_id, _, own = (
            head.removeprefix(FILE_MARK).decode("ascii", "replace").strip().partition(" ")
        )
        if key_id not in self._files:
            raise KeyMissing(f"key {key_id} is not here")
        for number, line in enumerate(sealed):
            state, chunk = _opened(self._files[key_id], line, f"{own}:{number}:")
            plain.write(chunk)
            if state == b"last":
                if sealed.read(1):
                    raise FileBroken("goes on after its end")
                return
        raise FileBroken("cut short")

    # --- button ids ---

    def seal_button(self, installation: str, card: Card, button: Button) -> str:
        """The id of a button: at most 100 ASCII characters, the same after a restart."""
        subject = card.subject if button.subject is None else button.subject
        step = "" if card.step is None else str(card.step)
        body = f"{FORMAT}|{button.action}|{subject}|{step}|{button.value}"
        return f"{body}|{_mac(self._signing[0], installation, body)}"

    def open_button(self, installation: str, sealed: str) -> Pressed | None:
        """The press it stands for; None where no key of ours signed it for this installation."""
        body, _, mac = sealed.rpartition("|")
        parts = body.split("|")
        if len(parts) != 5 or parts[0] != FORMAT:
            return None
        good = [_mac(key, installation, body) for key in self._signing]
        if not any(hmac.compare_digest(mac.encode(), g.encode()) for g in good):
            return None
        _, action, subject, step, value = parts
        return Pressed(action, subject, int(step) if step else None, value)


def _nowhere(key_id: str, installation: str) -> Iterable[DataKey]:
    """Where keys are looked up that nobody has taught the vault: its store puts itself here."""
    return ()


def _opened(fernet: Fernet, line: bytes, place: str) -> tuple[bytes, bytes]:
    """One chunk, and whether it is the last; it must be the very one that belongs in that place."""
    try:
        opened = fernet.decrypt(line.strip())
    except InvalidToken as error:
        raise FileBroken("changed") from error
    if not opened.startswith(place.encode()):
        raise FileBroken("put together from parts")
    state, _, chunk = opened.removeprefix(place.encode()).partition(b":")
    return state, chunk


def _key_id(master: bytes) -> str:
    """What a sealed file says of its key: enough to find it, of no use to guess it."""
    return _derive(master, b"als file key id").hex()[:12]


def _mac(key: bytes, installation: str, body: str) -> str:
    digest = hmac.digest(key, f"{installation}|{body}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:MAC_BYTES]).rstrip(b"=").decode()


def _key_bytes(key: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key.strip())
    except ValueError as error:
        raise ValueError("an encryption key is not url-safe base64") from error
    if len(raw) != 32:
        raise ValueError("an encryption key must be 32 bytes in url-safe base64")
    return raw


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, purpose).derive(master)


def _fernet(master: bytes, purpose: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(master, purpose)))


class ButtonSigner:
    """The vault's signing half, as adapters know it (`ports.Signer`)."""

    def __init__(self, vault: Vault) -> None:
        """Signs with this vault's keys."""
        self._vault = vault

    def seal(self, installation: str, card: Card, button: Button) -> str:
        """The id of a button on a card."""
        return self._vault.seal_button(installation, card, button)

    def open(self, installation: str, sealed: str) -> Pressed | None:
        """The press an id stands for, or None."""
        return self._vault.open_button(installation, sealed)
