"""Tables of what comes in and goes out: deliveries, the outbox, and where its messages stand."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint, text

from bot.runtime.store.tables.columns import ID, PERSON, SEQ, Instant, SealedText, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("installation_id", ID, nullable=False),
    Column("outcome", SealedText),
    Column("received_at", Instant, nullable=False, index=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("installation_id", ID, nullable=False),
    Column("set_id", ID, nullable=False, index=True),
    Column("session_id", ID, nullable=False),
    Column("destination", String(160), nullable=False),
    Column("person", PERSON, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("op", String(8), nullable=False),
    Column("slot", String(160), nullable=False),
    Column("card", String(32), nullable=False),
    Column("subject_id", String(160), nullable=False),
    Column("parent_slot", String(160), nullable=False),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    Column("key", String(32), nullable=False),
    Column("wanted_rev", Integer, nullable=False, server_default="1"),
    Column("sent_rev", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("state", String(8), nullable=False),
    Column("claim_id", String(32)),
    Column("claimed_at", Instant),
    Column("platform_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("message_ref", SealedText),
    Column("again", Boolean, nullable=False, server_default=text("false")),
    Column("merged_into", SEQ),
    Column("paused_reason", String(32)),
    Column("last_error_class", String(64)),
    Column("made_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Index("ix_outbox_slot", "slot"),
    Index(
        "ix_outbox_parent_slot",
        "parent_slot",
        sqlite_where=text("parent_slot <> ''"),
        postgresql_where=text("parent_slot <> ''"),
    ),
    Index(
        "ix_outbox_merged",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    Index(
        "ix_outbox_waiting",
        "not_before",
        "seq",
        sqlite_where=text("state IN ('due', 'sending', 'unsure')"),
        postgresql_where=text("state IN ('due', 'sending', 'unsure')"),
    ),
)

message_refs = Table(
    "message_refs",
    metadata,
    Column("slot", String(160), primary_key=True),
    Column("installation_id", ID, nullable=False),
    Column("set_id", ID, nullable=False, index=True),
    Column("ref", SealedText, nullable=False),
    Column("ref_key", String(64), nullable=False),
    Column("destination", String(160), nullable=False),
    Column("reactions", String(200), nullable=False, server_default=""),
    Column("posted_at", Instant, nullable=False),
    UniqueConstraint("installation_id", "ref_key"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("destination", String(160), primary_key=True),
    Column("next_at", Instant),
    Column("paused_until", Instant),
    Column("reason", String(64)),
)
