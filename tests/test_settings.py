"""Settings come from the environment, are refused by name, and are written down where people look."""

import re
from pathlib import Path

import pytest

from bot.config import KEY_FILE, Settings, SettingsError, example, load
from bot.core.verbs import BY_NAME, VERBS
from tools import reference

ROOT = Path(__file__).resolve().parent.parent
NAMES = [str(field.alias) for field in Settings.model_fields.values()]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder and no settings at all."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_has_to_be_set():
    settings = load()

    assert settings.database() == "sqlite:///data/als.db"
    assert settings.platforms() == ()
    assert settings.http_port is None


def test_a_file_beside_is_read_and_the_environment_wins(nowhere, monkeypatch):
    (nowhere / ".env").write_text("ALS_OPERATOR=Aurora e.V.\nALS_HTTP_PORT=8080\n")
    monkeypatch.setenv("ALS_HTTP_PORT", "9090")

    assert load().operator == "Aurora e.V."
    assert load().http_port == 9090


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("postgres://db/als", "postgresql+psycopg://db/als"),
        ("postgresql://db/als", "postgresql+psycopg://db/als"),
        ("postgresql+psycopg://db/als", "postgresql+psycopg://db/als"),
        ("sqlite:///elsewhere.db", "sqlite:///elsewhere.db"),
    ],
)
def test_a_database_is_named_as_people_name_it(monkeypatch, given, taken):
    monkeypatch.setenv("DATABASE_URL", given)

    assert load().database() == taken


@pytest.mark.parametrize(
    ("name", "value"), [("ALS_HTTP_PORT", "eighty"), ("ALS_LOG_FORMAT", "secret words")]
)
def test_what_cannot_be_used_is_named_and_not_repeated(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name) as refused:
        load()

    assert value not in str(refused.value)


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "DISCORD_TOKEN", "ALS_ENCRYPTION_KEYS"])
def test_a_secret_is_not_shown_by_accident(monkeypatch, name):
    monkeypatch.setenv(name, "xoxb-between-us")

    assert "between-us" not in f"{load()!r} {load()}"


@pytest.mark.parametrize(
    ("name", "platform"),
    [("SLACK_BOT_TOKEN", "slack"), ("DISCORD_TOKEN", "discord"), ("ALS_MEMORY_URL", "memory")],
)
def test_a_platform_with_a_token_is_wanted(monkeypatch, name, platform):
    monkeypatch.setenv(name, "something")

    assert load().platforms() == (platform,)


# The key file.


def test_the_key_is_made_once_for_its_owner_alone(nowhere):
    first = load().keys("fresh")
    second = load().keys("another")

    path = nowhere / "data" / KEY_FILE
    assert first == second == ["fresh"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_keys_that_are_set_leave_no_file(nowhere, monkeypatch):
    monkeypatch.setenv("ALS_ENCRYPTION_KEYS", "newest, older,")

    assert load().keys("fresh") == ["newest", "older"]
    assert list(nowhere.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(nowhere, monkeypatch):
    (nowhere / "data").write_text("a file where a folder should be")

    with pytest.raises(SettingsError, match=r"I can't write to data\. Set ALS_DATA_DIR"):
        load().keys("fresh")


# What is written down.


def test_the_pages_made_from_the_code_are_current():
    assert reference.outdated() == [], "run `python -m tools.reference --write`"


def test_every_setting_is_explained(nowhere):
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert [name for name in NAMES if f"`{name}`" not in page] == []
    assert [name for name in NAMES if f"#{name}=" not in example()] == []


def test_the_example_can_be_copied_and_changes_nothing(nowhere):
    plain = load()
    (nowhere / ".env").write_text(example())
    assert load() == plain

    (nowhere / ".env").write_text(re.sub(r"^#(?=[A-Z_]+=.)", "", example(), flags=re.MULTILINE))
    assert load() == plain


def test_every_verb_is_explained():
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

    assert [name for name in BY_NAME if f"`/als {name}`" not in page] == []
    assert [v.name for v in VERBS if v.help not in page] == []
