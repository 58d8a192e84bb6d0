"""Where one local imagestore lives: its folder, its ports, the variables that its processes need."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from imagestore.local import emulator, ports

NAME = "imagestore"
ROOT = Path(__file__).resolve().parents[2]
TASK_VISIBILITY = 60


@dataclass(frozen=True)
class Place:
    state: Path
    port: int
    emulator_port: int

    @property
    def url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.port}"

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def origins(self) -> tuple[str, str]:
        """Web origins of the pages that the server shows."""
        return self.url, f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        """For a child: this place wins over the shell, whose AWS account must not be reached by accident."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        own = {
            "IMAGESTORE_LOCAL_FOLDER": str(self.state),
            "DJANGO_SETTINGS_MODULE": "imagestore.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        return {**inherited, **self.write_variables(), **own}

    def write_variables(self) -> dict[str, str]:
        """Writes `env` for other terminals, keeping its secret and what a person added; answers it."""
        file = self.state / "env"
        kept = _read(file)
        variables = {"IMAGESTORE_SECRET_KEY": secrets.token_urlsafe(50), **kept, **self._variables()}
        write_private(file, "".join(f"{name}={value}\n" for name, value in variables.items()))
        return variables

    def _variables(self) -> dict[str, str]:
        endpoint = emulator.url(self.emulator_port)
        return {
            "IMAGESTORE_ENVIRONMENT": "development",
            "IMAGESTORE_TABLE": NAME,
            "IMAGESTORE_BUCKET": NAME,
            "IMAGESTORE_QUEUE_BASE_URL": f"{endpoint}/{emulator.ACCOUNT}",
            "IMAGESTORE_QUEUE_PREFIX": f"{NAME}-",
            "IMAGESTORE_TASK_VISIBILITY": str(TASK_VISIBILITY),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": emulator.REGION,
            "AWS_DEFAULT_REGION": emulator.REGION,
            **emulator.CREDENTIALS,
        }


def write_private(file: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)


def _read(file: Path) -> dict[str, str]:
    lines = file.read_text().splitlines() if file.is_file() else []
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name.strip(): value.strip() for name, separator, value in pairs if separator}
