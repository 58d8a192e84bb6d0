"""The gateway's authorizer, as API Gateway calls it."""

import pytest

from imagestore.identity import passport
from imagestore.identity.authorizer import authorize
from tests.identity.conftest import Bearer

ARN = "arn:aws:execute-api:eu-central-1:123456789012:abc123/files/GET/api/v1/files/01J"


def test_one_policy_for_the_whole_api_of_the_stage(bearer: Bearer) -> None:
    token = bearer(scopes=["files:read"], name="Ann Ä")
    policy = authorize({"type": "TOKEN", "authorizationToken": token, "methodArn": ARN})
    assert policy["policyDocument"]["Statement"] == [
        {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:eu-central-1:123456789012:abc123/files/*",
        }
    ]
    principal = passport.read(policy["context"]["principal"])
    assert (principal.shop, principal.customer, principal.name) == ("acme", "c-1", "Ann Ä")
    assert principal.scopes == {"files:read"}
    assert policy["principalId"] == "customer:acme:c-1"


def test_the_context_holds_only_text(bearer: Bearer) -> None:
    policy = authorize({"type": "TOKEN", "authorizationToken": bearer(), "methodArn": ARN})
    assert all(isinstance(value, str) for value in policy["context"].values())


@pytest.mark.parametrize("token", [None, "", "Bearer x.y.z", "Basic YTpi"])
def test_the_gateway_answers_401_to_this_text_alone(moto_aws: None, token: str | None) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize({"type": "TOKEN", "authorizationToken": token, "methodArn": ARN})
