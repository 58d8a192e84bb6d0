"""The commands for shops and staff, as an operator types them."""

import json
import stat
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from pytest_django import Settings

from imagestore.audit import queries as audit
from imagestore.common.retention import Subject
from imagestore.identity import queries, signing, tokens


@pytest.fixture(autouse=True)
def folder(moto_aws: None, settings: Settings, tmp_path: Path) -> Path:
    settings.IMAGESTORE_LOCAL_FOLDER = tmp_path
    return tmp_path


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_a_token_for_a_new_shop_s_customer(now: datetime) -> None:
    run("create_shop", "acme", "--name", "Acme Prints", "--origin", "https://acme.example", "--generate-key")
    token = run("issue_token", "acme", "--customer", "c-1", "--scope", "files:read")
    assert token.count("\n") == 1
    found = tokens.authenticate(f"Bearer {token.strip()}", now=now)
    assert (found.shop, found.customer, found.scopes) == ("acme", "c-1", frozenset({"files:read"}))
    assert queries.shops_of_origin("https://acme.example") == {"acme"}
    assert audit.verify(now.date().isoformat()) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("issue_token", "acme", "--customer", "anna bob"), "--customer"),
        (("issue_token", "acme", "--session", ""), "--session"),
        (("set_quotas", "acme", "--reason", "more", "--bytes", "9" * 40), "byte_quota is from 1 to 9007199254740991"),
        (("set_quotas", "acme", "--reason", " ", "--bytes", "9"), "--reason"),
        (("set_quotas", "acme", "--reason", "no", "--bytes", "9"), "--reason.*in 3 to 300 characters"),
        (("create_shop", "other", "--name", "", "--generate-key"), "--name"),
    ],
)
def test_what_is_wrong_is_named_with_its_limit(arguments: tuple[str, ...], named: str) -> None:
    run("create_shop", "acme", "--generate-key")
    before = queries.stored_shop("acme")
    with pytest.raises(CommandError, match=named):
        run(*arguments)
    assert queries.stored_shop("acme") == before


def test_scopes_fit_who_acts(now: datetime) -> None:
    run("create_shop", "acme", "--generate-key")
    shop = tokens.authenticate(f"Bearer {run('issue_token', 'acme')}", now=now)
    visit = tokens.authenticate(f"Bearer {run('issue_token', 'acme', '--session', 's1')}", now=now)
    assert (shop.kind, "shop:admin" in shop.scopes) == ("shop", True)
    assert (visit.kind, visit.session, "shop:admin" in visit.scopes) == ("customer", "s1", False)
    assert "files:write" in visit.scopes


@pytest.mark.parametrize(("option", "kept"), [([], False), (["--keep-gps"], True)])
def test_a_shop_keeps_places_only_if_it_is_told_to(option: list[str], kept: bool) -> None:
    run("create_shop", "acme", "--generate-key", *option)
    assert queries.stored_shop("acme").keep_gps is kept


def test_the_private_key_is_for_its_owner_alone(folder: Path) -> None:
    output = run("create_shop", "acme", "--generate-key")
    file = folder / "keys" / "acme.json"
    assert str(file) in output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["d"] not in output


def test_a_private_key_is_never_overwritten(folder: Path) -> None:
    (folder / "keys").mkdir()
    (folder / "keys" / "acme.json").write_text("precious")
    with pytest.raises(CommandError, match="exists already"):
        run("create_shop", "acme", "--generate-key")
    assert (folder / "keys" / "acme.json").read_text() == "precious"
    assert queries.shop("acme") is None


def test_a_refused_shop_leaves_no_key_behind(folder: Path) -> None:
    with pytest.raises(CommandError, match="origin"):
        run("create_shop", "acme", "--generate-key", "--origin", "nowhere")
    assert not (folder / "keys" / "acme.json").exists()


def test_a_shop_brings_its_own_public_key(folder: Path, now: datetime) -> None:
    key = signing.generate_key("ours")
    (folder / "public.jwk").write_text(json.dumps(signing.public_part(key)))
    run("create_shop", "acme", "--public-key", str(folder / "public.jwk"))
    assert tokens.authenticate(f"Bearer {signing.sign(key, shop='acme', now=now)}", now=now).shop == "acme"


def test_a_private_key_given_as_public_is_refused(folder: Path) -> None:
    (folder / "oops.jwk").write_text(json.dumps(signing.generate_key("ours")))
    with pytest.raises(CommandError, match="private"):
        run("create_shop", "acme", "--public-key", str(folder / "oops.jwk"))


@pytest.mark.parametrize("content", [None, "no json", "[]"])
def test_a_file_without_a_key(folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "key").write_text(content)
    with pytest.raises(CommandError, match="not a JSON file"):
        run("create_shop", "acme", "--public-key", str(folder / "key"))


def test_production_wants_to_be_told_where_a_private_key_goes(settings: Settings, folder: Path) -> None:
    settings.IMAGESTORE_DEVELOPMENT = False
    with pytest.raises(CommandError, match="--key-file"):
        run("create_shop", "acme", "--generate-key")
    run("create_shop", "acme", "--generate-key", "--key-file", str(folder / "chosen.json"))
    assert (folder / "chosen.json").exists()


def test_production_signs_no_tokens(settings: Settings) -> None:
    run("create_shop", "acme", "--generate-key")
    settings.IMAGESTORE_DEVELOPMENT = False
    with pytest.raises(CommandError, match="development"):
        run("issue_token", "acme")


def test_a_shop_without_a_private_key_here() -> None:
    with pytest.raises(CommandError, match="create_shop acme --generate-key"):
        run("issue_token", "acme")


@pytest.mark.parametrize("hours", ["0", "25", "nan"])
def test_a_life_beyond_a_day_is_not_offered(hours: str) -> None:
    run("create_shop", "acme", "--generate-key")
    with pytest.raises(CommandError, match="at most 24"):
        run("issue_token", "acme", "--hours", hours)


def test_a_staff_member_signs_in_with_the_password_told() -> None:
    told = run("create_staff", "sue", "--role", "support")
    member = queries.staff_member("sue")
    assert member is not None
    assert member.role == "support"
    assert check_password(told.split()[-1], member.password)
    assert member.password.startswith("argon2")
    with pytest.raises(CommandError, match="already"):
        run("create_staff", "sue")


POLICY = {"rules": [{"subject": "cart_item", "keep": "7d"}, {"subject": "paid_order", "keep": "for ever"}]}


@pytest.fixture
def policy(folder: Path) -> Path:
    """A file with a policy, and a shop whose policy it may become."""
    run("create_shop", "acme", "--generate-key")
    file = folder / "policy.json"
    file.write_text(json.dumps(POLICY))
    return file


def test_a_policy_is_set_from_a_file_and_what_changed_is_told(policy: Path) -> None:
    assert run("set_policy", "acme", str(policy), "--reason", "as agreed").splitlines() == [
        "acme: known everywhere within a minute.",
        "added rules.0: cart_item 7d from accessed, then purge",
        "added rules.1: paid_order kept for ever",
    ]
    assert queries.stored_shop("acme").policy.keep(Subject.CART_ITEM) == timedelta(days=7)
    entry = audit.history("shop:acme").items[0]
    assert (entry.action, entry.reason, entry.details["after"]) == ("shop.policy-set", "as agreed", POLICY)
    assert entry.actor.startswith("command:")
    assert run("set_policy", "acme", str(policy), "--reason", "again").endswith("nothing is different from before\n")


def test_a_policy_is_read_from_standard_input(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("set_policy", "acme", str(policy), "--reason", "as agreed")
    monkeypatch.setattr("sys.stdin", StringIO('{"kept_autosaves": 3}'))
    assert run("set_policy", "acme", "-", "--reason", "back to the defaults").splitlines()[1:] == [
        "removed rules.0: cart_item 7d from accessed, then purge",
        "removed rules.1: paid_order kept for ever",
        "kept_autosaves is 3, was 20",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"rules": [{"subject": "unused_file", "keep": "2h"}]}', r"rules\.0\.keep: keep is from 1d to 36525d"),
        (
            '{"rules": [{"subject": "paid_order", "keep": "9d", "then": "archive"}]}',
            r"rules\.0\.then: then of paid_order",
        ),
        ('{"rules": {}}', "rules: rules is a list"),
        ("{]", "policy: This is no JSON: .* line 1 column 2"),
        ("\udcff", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_policy_that_is_none_is_refused_with_rule_and_member(policy: Path, text: str | None, told: str) -> None:
    policy.write_bytes(text.encode(errors="surrogateescape")) if text else policy.unlink()
    before = queries.stored_shop("acme")
    with pytest.raises(CommandError, match=told):
        run("set_policy", "acme", str(policy), "--reason", "a try")
    assert queries.stored_shop("acme") == before


def test_a_policy_is_shown_as_stored_with_a_line_for_each_subject(policy: Path) -> None:
    run("set_policy", "acme", str(policy), "--reason", "as agreed")
    stored, _, lines = run("show_policy", "acme").partition("\n\n")
    assert json.loads(stored) == POLICY
    *subjects, autosaves, guard = lines.splitlines()
    assert [line.partition(":")[0] for line in subjects] == list(Subject)
    assert "cart_item: 7d from accessed, then purge (rules.0)" in subjects
    assert "trashed_project: 30d from entered, then purge (default)" in subjects
    assert autosaves == "autosaves: the last 20 of each project"
    assert guard == "guard: 5 % or 10000 items, at least 100 may go in 24 hours without approval"


def test_what_is_shown_can_be_set_again(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("set_policy", "acme", str(policy), "--reason", "as agreed")
    monkeypatch.setattr("sys.stdin", StringIO(run("show_policy", "acme").partition("\n\n")[0]))
    assert run("set_policy", "acme", "-", "--reason", "the same").endswith("nothing is different from before\n")


@pytest.mark.parametrize("arguments", [("show_policy", "nobody"), ("set_policy", "nobody", "FILE", "--reason", "why")])
def test_a_shop_that_there_is_not_has_no_policy(policy: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="There is no shop nobody"):
        run(*(str(policy) if argument == "FILE" else argument for argument in arguments))
