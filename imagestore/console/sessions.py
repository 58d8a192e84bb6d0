"""Django's sessions in the one table: they end by TTL, are checked on load and can be ended at once."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from imagestore.common import clock
from imagestore.identity.staff import operations, queries


class SessionStore(SessionBase):
    """Rows are found by a digest of the session key: who reads the table cannot use its sessions."""

    def load(self) -> dict[str, Any]:
        found = queries.session(self.session_key, clock.now()) if self.session_key else None
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.data)

    def exists(self, session_key: str) -> bool:
        return queries.session(session_key, clock.now()) is not None

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        expires_at = clock.now() + timedelta(seconds=self.get_expiry_age())
        write = operations.open_session if must_create else operations.write_session
        if not write(token=self.session_key, data=data, expires_at=expires_at):
            raise CreateError if must_create else UpdateError

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            operations.end_session(token=key)

    @classmethod
    def clear_expired(cls) -> None:
        """TTL does it."""
