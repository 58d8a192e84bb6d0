"""What can go wrong with webhooks, in words for the shop engineer."""

from imagestore.common.errors import Conflict, Invalid, NotFound


class EndpointNotFound(NotFound):
    code, title = "endpoint-not-found", "There is no such endpoint"


class DeliveryNotFound(NotFound):
    code, title = "delivery-not-found", "There is no such delivery"


class UrlInvalid(Invalid):
    code, title = "url-invalid", "Nothing can be delivered to this url"


class EndpointsTooMany(Conflict):
    code, title = "endpoints-too-many", "The shop has as many endpoints as it may"


class EndpointChanged(Conflict):
    code, title = "endpoint-changed", "The endpoint was changed in the meantime"


class EndpointDisabled(Conflict):
    code, title = "endpoint-disabled", "The endpoint is disabled"


class SecretsTooMany(Conflict):
    code, title = "secrets-too-many", "Too many secrets of the endpoint hold at once"


class DeliveryUnderWay(Conflict):
    code, title = "delivery-under-way", "The delivery is under way at this moment"
