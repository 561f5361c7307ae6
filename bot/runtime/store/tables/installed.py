"""Tables of installations, their people and keys, and of the database itself."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table, Text, text

from bot.runtime.store.tables.columns import ID, PERSON, SEQ, Instant, SealedText, metadata

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

installations = Table(
    "installations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("status", String(16), nullable=False, server_default="active"),
    Column("tokens", SealedText),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("paused_until", Instant),
    Column("state_at", Instant),
    Column("doubted_at", Instant),
)
"""`state_at` is since when we are in it, `doubted_at` when a removal is said to have happened that has
not been confirmed yet."""

newest = Table(
    "newest",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("about", String(64), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)
"""Of which moment the newest was that a platform told of a place or a person; `about` is a keyed hash."""

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", ID, primary_key=True),
    Column("installation_id", ID, nullable=False, unique=True),
    Column("wrapped", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""Backups leave this table out; forgetting a row erases an installation, backups included."""

people = Table(
    "people",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("person", PERSON, primary_key=True),
    Column("zone", String(64), nullable=False, server_default=""),
    Column("language", String(16), nullable=False, server_default=""),
    Column("quiet_from", String(5), nullable=False, server_default="20:00"),
    Column("quiet_to", String(5), nullable=False, server_default="08:00"),
    Column("direct", String(16), nullable=False, server_default="unknown"),
    Column("direct_off", Boolean, nullable=False, server_default=text("false")),
    Column("snoozed_until", Instant),
    Column("paused_until", Instant),
)

signposts = Table(
    "signposts",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("words", SealedText, nullable=False),
    Column("lead", SealedText, nullable=False),
)
"""Where people find help, as their organiser says; the row without a country names the lead."""

audit = Table(
    "audit",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("day", String(10), nullable=False),
    Column("installation_id", ID, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("chain", String(64), nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    Column("person_hash", String(64), primary_key=True),
    Column("erased_at", Instant, nullable=False),
)
