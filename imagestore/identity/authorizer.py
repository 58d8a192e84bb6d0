"""The API Gateway authorizer (type TOKEN): one answer per token that holds for the whole API of the stage."""

import logging
from collections.abc import Mapping
from typing import Any

from imagestore.common import clock
from imagestore.common.errors import Unauthenticated
from imagestore.identity import passport, tokens

log = logging.getLogger(__name__)


def authorize(event: Mapping[str, Any]) -> dict[str, Any]:
    """`event` has `authorizationToken` and `methodArn`.

    The gateway keeps the policy for other paths too, so it names none. Raises Exception("Unauthorized"):
    the gateway answers 401 to that very text and 500 to any other.
    """
    try:
        principal = tokens.authenticate(event.get("authorizationToken") or "", now=clock.now())
    except Unauthenticated as error:
        log.info("refused: %s (%s)", error.code, error.text)
        raise Exception("Unauthorized") from None
    api, stage = event["methodArn"].split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{api}/{stage}/*"}
    return {
        "principalId": principal.label,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {passport.FIELD: passport.write(principal)},
    }
