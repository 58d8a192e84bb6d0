"""The child may be killed, crash, hang or talk nonsense; the parent knows whose fault it was."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from files import rules
from files.decoding import limits, process
from files.decoding.process import Busy, Unsettled
from files.probe import BrokenImage
from tests.support.hostile import jpeg


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "original"
    file.write_bytes(jpeg())
    return file


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Another program in the place of the decoder."""

    def replace(source: str) -> None:
        (tmp_path / "stand_in.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(process, "CHILD", "stand_in")

    return replace


def decode(photo: Path) -> object:
    return process.decode(photo, photo.parent, [])


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"])
def test_a_crash_is_the_photos_doing(name: str, photo: Path, child: Callable[[str], None]) -> None:
    child(f"import os, signal; os.kill(os.getpid(), signal.{name})")
    with pytest.raises(BrokenImage) as refusal:
        decode(photo)
    assert refusal.value.code == "decoder-crashed"


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_who_is_killed_from_outside_knows_nothing_of_the_photo(
    name: str, photo: Path, child: Callable[[str], None]
) -> None:
    child(f"import os, signal; os.kill(os.getpid(), signal.{name})")
    with pytest.raises(Unsettled) as unsettled:
        decode(photo)
    assert not unsettled.value.by_a_fault_here


def test_an_error_of_our_own_program_is_never_the_photos(photo: Path, child: Callable[[str], None]) -> None:
    child("1 / 0")
    with pytest.raises(Unsettled) as unsettled:
        decode(photo)
    assert unsettled.value.by_a_fault_here


@pytest.mark.parametrize("said", ["", "{}", "[1]", '{"facts": {}, "refusal": {}}', "x" * 200_000])
def test_nonsense_is_not_believed(said: str, photo: Path, child: Callable[[str], None]) -> None:
    child(f"print({said!r})")
    with pytest.raises(Unsettled):
        decode(photo)


def test_who_computes_for_too_long_is_stopped(photo: Path, child: Callable[[str], None]) -> None:
    child("from files.decoding import limits; limits.CPU_SECONDS = 1; limits.apply()\nwhile True: pass")
    with pytest.raises(BrokenImage) as refusal:
        decode(photo)
    assert refusal.value.code == "too-slow"


def test_who_hangs_is_stopped_and_may_have_been_held_up_by_others(
    photo: Path, child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECONDS", 1)
    child("import threading; threading.Event().wait()")
    with pytest.raises(Unsettled):
        decode(photo)


def test_a_child_without_a_parent_ends_by_itself(photo: Path) -> None:
    program = "import signal; from files.decoding import limits; limits.SECONDS = 1; limits.apply(); signal.pause()"
    ended = subprocess.run([sys.executable, "-c", program], check=False, timeout=limits.SECONDS)
    assert ended.returncode == -signal.SIGALRM


def test_memory_is_limited(photo: Path, child: Callable[[str], None]) -> None:
    child(
        "from files.decoding import limits; limits.apply()\n"
        "try: bytearray(limits.MEMORY)\n"
        "except MemoryError: import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    )
    with pytest.raises(BrokenImage):
        decode(photo)


def test_the_child_inherits_no_variables_and_imports_little(
    photo: Path, child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    child(
        "import os, sys\n"
        "import files.decoding.child\n"
        "foreign = {'django', 'boto3', 'botocore', 'celery', 'imagestore', 'pynamodb'} & set(sys.modules)\n"
        "inherited = [name for name in os.environ if name.startswith(('AWS', 'IMAGESTORE'))]\n"
        "assert not foreign and not inherited and 'PIL' not in sys.modules, (foreign, inherited)\n"
        "from pathlib import Path\n"
        "files.decoding.child.main([str(Path('original')), '.'])"
    )
    assert decode(photo)


def test_one_photo_is_decoded_at_a_time(photo: Path) -> None:
    with ThreadPoolExecutor() as pool:
        with process.ONE_AT_A_TIME:
            with pytest.raises(Busy):
                process.decode(photo, photo.parent, [], patience=0.01)
            waiting = pool.submit(decode, photo)
            assert not waiting.done()
        assert waiting.result()


def test_the_decoder_takes_as_many_pixels_as_the_header_may_tell() -> None:
    assert limits.MOST_PIXELS == rules.MOST_PIXELS


def test_an_original_that_no_memory_holds_is_not_fetched() -> None:
    process.check_size(limits.MOST_BYTES)
    with pytest.raises(BrokenImage) as refusal:
        process.check_size(limits.MOST_BYTES + 1)
    assert refusal.value.code == "too-large-to-check"
