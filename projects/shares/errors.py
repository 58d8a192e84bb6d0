"""What can go wrong with shares. One that has ended, was revoked or never was is told alike."""

from imagestore.common.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class ShareNotFound(NotFound):
    code, title = "share-not-found", "There is no such share"


class ShareInvalid(Invalid):
    code, title = "share-invalid", "The project cannot be shared like this"


class SharesFull(Conflict):
    code, title = "shares-full", "The project has as many shares as it may"


class ShareUntold(Conflict):
    code, title = "share-untold", "The share that this key made cannot be told again"


class ShareForbids(Forbidden):
    code, title = "share-forbids", "The share is for less than this"


class PasswordWanted(Unauthenticated):
    code, title = "share-password-wanted", "The share has a password"


class PasswordWrong(Unauthenticated):
    code, title = "share-password-wrong", "This is not the password"


class PasswordsThrottled(TooMany):
    code, title = "share-passwords-throttled", "Too many wrong passwords"
