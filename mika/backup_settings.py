"""The settings of [backups]: where the shop's backups go, when, and which are kept."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from mika.backup_places import S3, Folder, Place
from mika.rail_settings import Origin
from mika.refusals import Refusal
from mika.shapes import shaped

BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.*'()/-]{0,500}))?")


def _at(value: Any) -> Any:
    try:
        return time.fromisoformat(str(value).rjust(5, "0"))
    except ValueError:
        raise ValueError('should be a time of the day such as "03:30"') from None


class BackupSettings(BaseModel):
    """[backups]: `to` is a folder, or s3://BUCKET/PREFIX. `secret_key_file` holds nothing but the secret key."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    to: Annotated[str, Field(min_length=1, max_length=600)]
    endpoint: Origin | None = None  # of storage that is not Amazon's
    region: Annotated[str, shaped(r"[a-z0-9-]{1,60}", "a region such as us-east-1")] = "us-east-1"
    access_key: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    secret_key_file: Path | None = None
    at: Annotated[time, BeforeValidator(_at)] = time(3, 30)  # by the shop's clock
    keep_days: Annotated[int, Field(ge=1, le=366)] = 7
    keep_weeks: Annotated[int, Field(ge=0, le=520)] = 4
    keep_months: Annotated[int, Field(ge=0, le=240)] = 6
    journal_minutes: Annotated[int, Field(ge=1, le=1440)] = 5

    @model_validator(mode="after")
    def _has_what_it_takes(self) -> Self:
        if not self.to.startswith("s3:"):
            return self
        if not BUCKET.fullmatch(self.to):
            raise ValueError('`to` should be a folder, or "s3://bucket/prefix"')
        if not self.access_key.get_secret_value() or not (self.secret_key.get_secret_value() or self.secret_key_file):
            raise ValueError("storage that speaks S3 takes `access_key`, and `secret_key` or `secret_key_file`")
        return self

    def place(self) -> Place:
        """Raises Refusal S004 for a file that can't be read."""
        found = BUCKET.fullmatch(self.to)
        if found is None:
            return Folder(Path(self.to))
        return S3(
            found[1],
            (found[2] or "").strip("/"),
            endpoint=self.endpoint,
            region=self.region,
            access_key=self.access_key.get_secret_value(),
            secret_key=self._secret(),
        )

    def _secret(self) -> str:
        if self.secret_key_file is None:
            return self.secret_key.get_secret_value()
        try:
            return self.secret_key_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            what = f"`backups.secret_key_file` can't be read ({why})"
            raise Refusal("S004", what=what, where="mika.toml, or MIKA_* of the environment") from None


def placed_backups(told: BackupSettings | None, folder: Path) -> BackupSettings | None:
    """The same settings, their paths looked for from the folder."""
    if told is None:
        return None
    to = told.to if told.to.startswith("s3:") else str(folder / Path(told.to).expanduser())
    secret = told.secret_key_file and folder / told.secret_key_file
    return told.model_copy(update={"to": to, "secret_key_file": secret})
