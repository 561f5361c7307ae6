"""Settings from the environment and a .env file: the only place that reads either."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_FILE = "encryption.key"
KEY_LOST = (
    "The key file {} is missing. Without it no one can read what its database "
    "holds. I won't make a new one. Put it back, or give its keys in "
    "ALS_ENCRYPTION_KEYS. Nothing has changed."
)


class SettingsError(Exception):
    """A setting cannot be used; says which and what would be."""


class Settings(BaseSettings):
    """Every setting. The names are a contract; `.env.example` is made from this class."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    slack_bot_token: SecretStr | None = Field(
        None, alias="SLACK_BOT_TOKEN", description="Slack: the bot token (xoxb-…)."
    )
    slack_app_token: SecretStr | None = Field(
        None, alias="SLACK_APP_TOKEN", description="Slack: the app token (xapp-…) for Socket Mode."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, alias="SLACK_SIGNING_SECRET", description="Slack: the signing secret, for HTTP mode."
    )
    slack_client_id: str | None = Field(
        None, alias="SLACK_CLIENT_ID", description="Slack: for several workspaces (OAuth)."
    )
    slack_client_secret: SecretStr | None = Field(
        None, alias="SLACK_CLIENT_SECRET", description="Slack: for several workspaces (OAuth)."
    )
    slack_api_url: str = Field(
        "https://slack.com/api/", alias="SLACK_API_URL", description="Slack: the API's address."
    )
    discord_token: SecretStr | None = Field(
        None, alias="DISCORD_TOKEN", description="Discord: the bot token."
    )
    discord_api_url: str = Field(
        "https://discord.com/api/v10",
        alias="DISCORD_API_URL",
        description="Discord: the API's address, version included.",
    )
    discord_gateway_url: str = Field(
        "wss://gateway.discord.gg/",
        alias="DISCORD_GATEWAY_URL",
        description="Discord: the gateway's address.",
    )
    database_url: str | None = Field(
        None,
        alias="DATABASE_URL",
        description="Where everything is kept. Unset: a SQLite file in the data folder.",
    )
    data_dir: Path = Field(
        Path("data"), alias="ALS_DATA_DIR", description="The folder for the database and the key."
    )
    encryption_keys: SecretStr | None = Field(
        None,
        alias="ALS_ENCRYPTION_KEYS",
        description="Master keys, newest first, by comma. Unset: a key file in the data folder.",
    )
    http_host: str = Field(
        "127.0.0.1",
        alias="ALS_HTTP_HOST",
        description="Where Slack HTTP, health and metrics listen.",
    )
    http_port: int | None = Field(
        None, alias="ALS_HTTP_PORT", description="Their port. Unset: nothing is opened."
    )
    log_format: Literal["json", "text"] = Field(
        "text", alias="ALS_LOG_FORMAT", description="How the log is written: json or text."
    )
    public_url: str | None = Field(
        None,
        alias="ALS_PUBLIC_URL",
        description="The address others reach us at (OAuth, calendar).",
    )
    operator: str = Field(
        "", alias="ALS_OPERATOR", description="Who runs this bot, as /als privacy names them."
    )
    memory_url: str | None = Field(
        None, alias="ALS_MEMORY_URL", description="A chat platform made of lists, for tests."
    )

    def database(self) -> str:
        """The database's address."""
        if self.database_url:
            return driver(self.database_url)
        return f"sqlite:///{self.data_dir / 'als.db'}"

    def platforms(self) -> tuple[str, ...]:
        """The platforms that have a token, by their short names."""
        tokens = {
            "slack": self.slack_bot_token or self.slack_client_id,
            "discord": self.discord_token,
            "memory": self.memory_url,
        }
        return tuple(name for name, token in tokens.items() if token)

    @property
    def key_file(self) -> Path:
        """Where the master keys stand, unless they are a setting."""
        return self.data_dir / KEY_FILE

    def keys(self, fresh: str = "") -> list[str]:
        """The master keys: from the setting, else from the key file, made with `fresh` if missing.

        The file has mode 0600. Raises SettingsError where the folder cannot be written, or where
        the file is missing and nothing `fresh` is given: another key would open nothing.
        """
        if self.encryption_keys is not None:
            given = self.encryption_keys.get_secret_value().split(",")
            return [key.strip() for key in given if key.strip()]
        path = self.key_file
        if not fresh and not path.exists():
            raise SettingsError(KEY_LOST.format(path))
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                _write_private(path, fresh)
            return [line.strip() for line in path.read_text().splitlines() if line.strip()]
        except OSError as error:
            raise SettingsError(
                f"I can't write to {self.data_dir}. Set ALS_DATA_DIR to a folder I may write to."
            ) from error


def add_key(settings: Settings, fresh: str) -> bool:
    """Put a new master key before the others in the key file; False where the keys are a setting.

    The file is there whole or as it was.
    """
    if settings.encryption_keys is not None:
        return False
    known = settings.keys()
    path = settings.key_file
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    _write_private(part, "\n".join(dict.fromkeys((fresh, *known))) + "\n")
    part.replace(path)
    return True


def load() -> Settings:
    """The settings as they are now. Raises SettingsError naming each one that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(str(e["loc"][0]) for e in error.errors())
        raise SettingsError(f"I can't use these settings: {names}. See .env.example.") from None


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{text}\n")


def driver(url: str) -> str:
    """The address with the PostgreSQL driver we use, however it was spelt."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def example() -> str:
    """The text of `.env.example`."""
    lines = ["# Copy to .env and fill in what you need. `als demo` needs none of it.", ""]
    for field in Settings.model_fields.values():
        default = "" if field.default is None else str(field.default)
        lines += [f"# {field.description}", f"#{field.alias}={default}", ""]
    return "\n".join(lines)
