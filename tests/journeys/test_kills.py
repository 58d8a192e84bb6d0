"""Processes killed without mercy while photos come in, and a clean end with a new start after it."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import urllib3

from imagestore.common import clock
from imagestore.identity import key_files, signing
from imagestore.local import ports
from imagestore.local.children import children
from imagestore.local.place import Place
from imagestore.local.process import wait_until
from imagestore.local.supervisor import Supervisor
from tests.support.images import Photo, photo

A_MINUTE = 60
http = urllib3.PoolManager(maxsize=8, retries=urllib3.Retry(total=None, connect=60, read=60, backoff_factor=0.1))


class Product:
    """The running product, as a customer of the demo shop and as whoever may kill its processes."""

    def __init__(self, place: Place, supervisor: Supervisor, said: list[str]) -> None:
        self.place, self.supervisor, self.said = place, supervisor, said
        key = key_files.read(place.state / "keys" / "demo.json")
        scopes = ["files:read", "files:write"]
        self._token = signing.sign(key, shop="demo", now=clock.now(), customer="anna", scopes=scopes)

    def kill(self, name: str) -> None:
        pid = self.supervisor.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def upload(self, one: Photo) -> str:
        """Registers and uploads, again and again until it went through, as a good client does; answers the id."""
        registered = self.ask("POST", "/files", {"files": [one.announcement]})
        (item,) = registered["items"]
        upload = item["upload"]
        answer = http.request("PUT", upload["url"], body=one.body, headers=upload["headers"])
        assert answer.status == 200, answer.data
        return str(item["file"]["id"])

    def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        url = f"{self.place.url}/api/v1{path}"
        content = orjson.dumps(body) if body is not None else None
        answer = http.request(method, url, body=content, headers=headers, retries=_patient())
        assert answer.status < 400, answer.data
        return answer.json()

    def states(self) -> dict[str, str]:
        """State of every file of the customer, by id."""
        states: dict[str, str] = {}
        cursor: str | None = ""
        while cursor is not None:
            page = self.ask("GET", f"/files?limit=100{cursor}")
            states |= {file["id"]: file["state"] for file in page["items"]}
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        return states


def _patient() -> urllib3.Retry:
    """A register that was cut off is sent again: at worst a file without bytes is given up a day later."""
    return urllib3.Retry(
        total=100, backoff_factor=0.1, backoff_max=1, allowed_methods=None, status_forcelist=[502, 503]
    )


@contextmanager
def running(state: Path, ports_: tuple[int, int]) -> Iterator[Product]:
    place = Place(state, *ports_)
    said: list[str] = []
    supervisor = Supervisor(children(place, said.append), place.logs, said.append)
    supervisor.start()
    watching = threading.Thread(target=supervisor.run)
    watching.start()
    try:
        yield Product(place, supervisor, said)
    finally:
        supervisor.request_stop()
        watching.join()


@pytest.mark.parametrize("photos", [20, pytest.param(100, marks=pytest.mark.proof)])
def test_killed_processes_lose_no_upload_and_a_new_start_has_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photos: int
) -> None:
    for variable in [name for name in os.environ if name.startswith(("IMAGESTORE_", "AWS_"))]:
        monkeypatch.delenv(variable)
    state, numbers = tmp_path / "state", (ports.free_port(), ports.free_port())
    state.mkdir()
    with running(state, numbers) as product:
        uploaded = _upload_while_killing(product, photos)
        wait_until(lambda: set(product.states().items()) >= {(id, "stored") for id in uploaded}, A_MINUTE)
        assert {product.states()[id] for id in uploaded} == {"stored"}
        for name in ("server", "poller", "worker"):
            assert any(line.startswith(f"{name} ended (exit code -9)") for line in product.said), product.said
    with running(state, numbers) as product:
        assert set(product.states().items()) >= {(id, "stored") for id in uploaded}
        read = product.ask("GET", f"/files/{uploaded[7]}/content")
        assert http.request("GET", read["url"]).data == photo(7).body


def _upload_while_killing(product: Product, photos: int) -> list[str]:
    victims = {
        photos * part // 20: name for part, name in ((4, "server"), (9, "poller"), (14, "worker"), (18, "poller"))
    }

    def upload(number: int) -> str:
        if number in victims:
            product.kill(victims[number])
        return product.upload(photo(number))

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(upload, range(photos)))
