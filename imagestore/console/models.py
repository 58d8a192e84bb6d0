"""The signed-in staff member as Django's authentication sees it: a shape without a database behind it."""

from typing import Any, ClassVar, Self

from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from imagestore.common.principal import Principal, staff
from imagestore.identity import queries
from imagestore.identity.records import StaffMember


class StaffManager(BaseUserManager["StaffUser"]):
    def get_by_natural_key(self, username: str | None) -> "StaffUser":
        member = queries.staff_member(username or "")
        if member is None:
            raise StaffUser.DoesNotExist
        return StaffUser.of(member)

    def get(self, *args: Any, **wanted: Any) -> "StaffUser":
        return self.get_by_natural_key(wanted["pk"])


class StaffUser(AbstractBaseUser):
    """Made from a `StaffMember`, which `member` keeps."""

    name: Any = models.CharField(max_length=64, primary_key=True)
    # There is nothing to write at each sign-in.
    last_login = None
    member: StaffMember

    objects: ClassVar[StaffManager] = StaffManager()
    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        app_label = "console"
        managed = False

    @classmethod
    def of(cls, member: StaffMember) -> Self:
        user = cls(name=member.name, password=member.password)
        user.member = member
        return user

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.member.active

    @property
    def is_staff(self) -> bool:
        return self.member.active

    @property
    def principal(self) -> Principal:
        return staff(self.member.name, self.member.role)

    def save(self, *args: Any, **options: Any) -> None:
        """Signing in changes no staff member."""

    def check_password(self, raw_password: str | None) -> bool:
        """Without Django's upgrade of the hash: a session holds by the password as it is stored."""
        return hashers.check_password(raw_password, self.password)

    def get_session_auth_hash(self) -> str:
        """Changes with the password and when all sessions are ended: those made before hold no longer."""
        return self._session_hash()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        return self._session_hash(secret)

    def _session_hash(self, secret: str | None = None) -> str:
        content = f"{self.password}#{self.member.sign_outs}"
        return salted_hmac("imagestore.console.session", content, secret=secret, algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Every role may look; what may be done is decided by operations."""
        return self.is_active and ".view_" in perm

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active
