import pytest

from tests.model.stage import Stage, set_up


@pytest.fixture
def stage(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return set_up(monkeypatch)
