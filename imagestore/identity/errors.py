"""What can go wrong with shops, keys, tokens and staff. Texts help engineers and never echo a token."""

from imagestore.common.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class TokenMissing(Unauthenticated):
    code, title = "token-missing", "A token is needed"


class TokenMalformed(Unauthenticated):
    code, title = "token-malformed", "The token cannot be read"


class TokenExpired(Unauthenticated):
    code, title = "token-expired", "The token has expired"


class TokenInvalid(Unauthenticated):
    code, title = "token-invalid", "The token is not accepted"


class ShopNotFound(NotFound):
    code, title = "shop-not-found", "There is no such shop"


class ShopExists(Conflict):
    code, title = "shop-exists", "This shop exists already"


class ShopChanged(Conflict):
    code, title = "shop-changed", "The shop was changed in the meantime"


class ShopInvalid(Invalid):
    code, title = "shop-invalid", "The shop's data are not valid"


class OriginInvalid(Invalid):
    code, title = "origin-invalid", "This is not a web origin"


class KeyInvalid(Invalid):
    code, title = "key-invalid", "The key is not usable"


class KeyNotFound(NotFound):
    code, title = "key-not-found", "The shop has no such key"


class KeyExists(Conflict):
    code, title = "key-exists", "The shop has a key of this id"


class DemoRefused(Forbidden):
    code, title = "demo-refused", "Demo shops exist in development only"


class StaffExists(Conflict):
    code, title = "staff-exists", "This staff name is taken"


class StaffInvalid(Invalid):
    code, title = "staff-invalid", "The staff member's data are not valid"
