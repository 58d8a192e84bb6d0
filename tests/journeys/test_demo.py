"""The first journey: the product started as `make run` starts it, and a whole visit by `manage.py demo`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagestore.local import ports
from imagestore.local.place import ROOT
from imagestore.local.process import Process, wait_until
from tests.support.images import photo

PATIENCE = 60
A_VISIT = 240


class Product:
    def __init__(self, state: Path) -> None:
        self._bare = {name: value for name, value in os.environ.items() if not name.startswith(("IMAGESTORE_", "AWS_"))}
        self._state, self._port = state, ports.free_port()
        where = ("--port", str(self._port), "--emulator-port", str(ports.free_port()), "--state", str(state))
        self.process = Process((sys.executable, "-m", "imagestore.local", *where), self._bare, cwd=ROOT)

    def start(self) -> None:
        runs = "imagestore runs at"
        wait_until(lambda: not self.process.alive or any(runs in line for line in self.process.recent), PATIENCE)
        assert self.process.alive, list(self.process.recent)

    def demo(self, *arguments: str) -> tuple[int | None, list[str]]:
        """Exit code, and what it wrote."""
        written: list[str] = []
        own = {"IMAGESTORE_LOCAL_FOLDER": str(self._state), "COLUMNS": "120", "PYTHONUTF8": "1"}
        url = f"http://{ports.LOOPBACK}:{self._port}"
        command = (sys.executable, str(ROOT / "manage.py"), "demo", "--url", url, *arguments)
        process = Process(command, self._bare | own, written.append)
        try:
            assert wait_until(lambda: not process.alive, A_VISIT), written
        finally:
            process.stop(PATIENCE)
        return process.exit_code, written


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("demo") / "state")
    try:
        product.start()
        yield product
    finally:
        product.process.stop(PATIENCE)


def marks(written: list[str]) -> dict[str, str]:
    """The mark of each checked line by what it is about."""
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in written if "✓" in line or "✗" in line]
    return {row[0]: row[-1] for row in rows}


def test_a_whole_visit_with_drawn_photos(product: Product) -> None:
    code, written = product.demo()
    assert (code, set(marks(written).values()), len(marks(written))) == (0, {"✓"}, 14), "\n".join(written)
    assert any("not_a_photo.jpg: This is a file of an unknown" in line for line in written)


def test_a_visit_with_photos_of_one_s_own(product: Product, tmp_path: Path) -> None:
    for number, form in enumerate(("JPEG", "PNG", "WEBP")):
        one = photo(number, form=form)
        (tmp_path / one.name).write_bytes(one.body)
    (tmp_path / "notes.txt").write_text("not for the shop")
    code, written = product.demo("--photos", str(tmp_path))
    assert (code, set(marks(written).values())) == (0, {"✓"}), "\n".join(written)
    assert any("notes.txt" in line for line in written)
    assert any("photo 1.png" in line and "64 × 48" in line and "stored" in line for line in written)
