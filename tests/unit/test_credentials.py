# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options, environment and profile files: who wins, what is missing, what cannot be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import (
    ENVIRONMENT,
    AccessKey,
    Connection,
    Password,
    Token,
    insecure_from_environ,
    resolve,
)
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ConfigError
from hypothesis import example, given
from hypothesis import strategies as st

PLACE = {"region": "cn-north-4", "project_id": "p1"}
KEYS = {"access_key": "AK", "secret_key": "SK"}
LOGIN = {"username": "u", "password": "pw", "account_name": "acc"}
ENV_KEYS = {"HW_ACCESS_KEY": "EAK", "HW_SECRET_KEY": "ESK"}


@dataclass
class Home:
    """A home folder with profile files."""

    path: Path
    environ: dict[str, str] = field(default_factory=dict)

    def ini(self, text: str) -> None:
        (self.path / ".huaweicloud").mkdir(exist_ok=True)
        (self.path / ".huaweicloud" / "credentials").write_text(text, encoding="utf-8")

    def koocli(self, text: Any) -> None:
        (self.path / ".hcloud").mkdir(exist_ok=True)
        content = text if isinstance(text, str) else json.dumps(text)
        (self.path / ".hcloud" / "config.json").write_text(content, encoding="utf-8")

    def resolve(self, **params: Any) -> Connection:
        return resolve({**PLACE, **params}, self.environ, str(self.path))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


INI = """
[basic]
ak = IAK
sk = ISK
[basic-two]
ak = IAK2
sk = I%SK2
security_token = IST2
project_id = ip2
region = cn-east-3
iam_endpoint = https://iam.example.com
[empty]
"""
KOOCLI = {
    "current": "main",
    "profiles": [
        {"name": "main", "mode": "AKSK", "accessKeyId": "KAK", "secretAccessKey": "KSK", "securityToken": ""},
        {
            "name": "other",
            "accessKeyId": "KAK2",
            "secretAccessKey": "KSK2",
            "securityToken": "KST2",
            "region": "cn-east-3",
            "projectId": "kp2",
        },
    ],
}

# Three ways


@pytest.mark.parametrize(
    ("params", "auth"),
    [
        (KEYS, AccessKey("AK", "SK")),
        ({**KEYS, "security_token": "ST"}, AccessKey("AK", "SK", "ST")),
        ({"auth_token": "T"}, Token("T")),
        (LOGIN, Password("u", "pw", "acc")),
        ({**KEYS, "account_name": "acc"}, AccessKey("AK", "SK")),
        ({"access_key": "AK", "secret_key": 123}, AccessKey("AK", "123")),
    ],
)
def test_each_way_of_authenticating(home: Home, params: dict[str, Any], auth: Any) -> None:
    assert home.resolve(**params).auth == auth


@pytest.mark.parametrize("name", [n for n in ENVIRONMENT if n not in ("profile", "region", "project_id")])
def test_every_variable_stands_for_its_option(home: Home, name: str) -> None:
    """Each way as options and one of them from each of its variables."""
    ways = [{**KEYS, "security_token": "ST"}, {"auth_token": "T"}, LOGIN]
    ways = [{**way, "endpoint": "https://e", "iam_endpoint": "https://i"} for way in ways]
    way = next(way for way in ways if name in way)
    for variable in ENVIRONMENT[name]:
        rest = {other: value for other, value in way.items() if other != name}
        assert resolve({**PLACE, **rest}, {variable: way[name]}, str(home.path)) == home.resolve(**way)


@pytest.mark.parametrize("name", ["region", "project_id"])
def test_the_place_from_the_environment(home: Home, name: str) -> None:
    for variable in ENVIRONMENT[name]:
        found = resolve({**PLACE, **KEYS, name: None}, {variable: "x1"}, str(home.path))
        assert getattr(found, name) == "x1"


@pytest.mark.parametrize("name", [name for name, variables in ENVIRONMENT.items() if len(variables) > 1])
def test_the_first_variable_wins_and_an_empty_one_is_absent(home: Home, name: str) -> None:
    first, second = ENVIRONMENT[name]
    params = {**PLACE, **KEYS, name: None}
    fields = {"access_key": "auth", "secret_key": "auth", "security_token": "auth", "project_id": "project_id"}
    both = resolve(params, {first: "one", second: "two"}, str(home.path))
    assert "one" in vars(getattr(both, fields[name])).values() if fields[name] == "auth" else both.project_id == "one"
    assert resolve(params, {first: "", second: "two"}, str(home.path)) == resolve(
        {**params, name: "two"}, {}, str(home.path)
    )


def outcome(params: dict[str, Any], environ: dict[str, str], home: Home) -> Connection | str:
    try:
        return resolve(params, environ, str(home.path))
    except ConfigError as exc:
        return str(exc)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_an_empty_string_is_absent(home: Home, name: str) -> None:
    """As AWX has it: every field that was left out arrives as ''."""
    full = {**KEYS, **PLACE, "endpoint": "https://e", "iam_endpoint": "https://i"}
    without = {other: value for other, value in full.items() if other != name}
    environ = dict.fromkeys(ENVIRONMENT[name], "")
    assert outcome({**without, name: ""}, environ, home) == outcome(without, {}, home)


# Half given, doubled, none


@pytest.mark.parametrize(
    ("params", "environ", "missing"),
    [
        ({"access_key": "AK"}, {}, "secret_key"),
        ({"secret_key": "SK"}, {}, "access_key"),
        ({"access_key": "AK", "secret_key": ""}, {}, "secret_key"),
        ({"access_key": "AK", "security_token": "ST"}, {}, "secret_key"),
        ({}, {"HW_ACCESS_KEY": "AK"}, "secret_key"),
        ({}, {"HUAWEICLOUD_SDK_SK": "SK"}, "access_key"),
        ({"username": "u"}, {}, "password and account_name"),
        ({"password": "pw"}, {}, "username and account_name"),
        ({"username": "u", "password": "pw"}, {}, "account_name"),
        ({"password": "pw", "account_name": "a"}, {}, "username"),
        ({"username": "u", "account_name": "a"}, {}, "password"),
        ({"access_key": "AK"}, {"HW_AUTH_TOKEN": "T"}, "secret_key"),
        ({"username": "u"}, ENV_KEYS, "password and account_name"),
    ],
)
def test_half_given_names_what_is_missing(
    home: Home, params: dict[str, Any], environ: dict[str, str], missing: str
) -> None:
    home.environ = environ
    with pytest.raises(ConfigError) as caught:
        home.resolve(**params)
    assert f"lacks {missing} (" in str(caught.value)
    assert all(ENVIRONMENT[name][0] in str(caught.value) for name in missing.split(" and "))


@pytest.mark.parametrize("params", [{}, {"security_token": "ST"}, {"account_name": "a"}, {"access_key": ""}])
def test_no_credentials_at_all(home: Home, params: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="No credentials"):
        home.resolve(**params)


@pytest.mark.parametrize(
    ("params", "environ"),
    [
        ({**KEYS, "auth_token": "T"}, {}),
        ({**KEYS, **LOGIN}, {}),
        ({**LOGIN, "auth_token": "T"}, {}),
        ({"access_key": "AK", "username": "u"}, {}),
        ({}, {**ENV_KEYS, "HW_AUTH_TOKEN": "T"}),
        ({}, {**ENV_KEYS, "HW_USER_NAME": "u"}),
        ({}, {"HW_AUTH_TOKEN": "T", "HW_USER_PASSWORD": "pw"}),
    ],
)
def test_two_ways_are_one_too_many(home: Home, params: dict[str, Any], environ: dict[str, str]) -> None:
    home.environ = environ
    with pytest.raises(ConfigError) as caught:
        home.resolve(**params)
    assert "More than one way" in str(caught.value)
    assert not any(secret in str(caught.value).split() for secret in ("SK", "T", "pw", "ESK"))


# Options before environment before profile


@pytest.mark.parametrize(
    ("params", "environ", "auth"),
    [
        (KEYS, ENV_KEYS, AccessKey("AK", "SK")),
        ({"auth_token": "T"}, ENV_KEYS, Token("T")),
        (LOGIN, ENV_KEYS, Password("u", "pw", "acc")),
        (LOGIN, {"HW_AUTH_TOKEN": "T"}, Password("u", "pw", "acc")),
        (KEYS, {"HW_AUTH_TOKEN": "T"}, AccessKey("AK", "SK")),
        ({"secret_key": "SK"}, ENV_KEYS, AccessKey("EAK", "SK")),
        ({"access_key": "AK"}, ENV_KEYS, AccessKey("AK", "ESK")),
        ({}, ENV_KEYS, AccessKey("EAK", "ESK")),
        ({"access_key": "EAK", "secret_key": "ESK"}, ENV_KEYS, AccessKey("EAK", "ESK")),
    ],
)
def test_options_come_before_the_environment(
    home: Home, params: dict[str, Any], environ: dict[str, str], auth: Any
) -> None:
    home.environ = environ
    home.ini(INI)
    home.koocli(KOOCLI)
    assert home.resolve(**params).auth == auth


@pytest.mark.parametrize("environ", [ENV_KEYS, {"HW_AUTH_TOKEN": "T"}])
def test_ansible_has_mixed_in_the_environment(home: Home, environ: dict[str, str]) -> None:
    """With fallbacks the options hold the environment's values; that must change nothing."""
    home.environ = environ
    mixed = {n: environ[v] for n, variables in ENVIRONMENT.items() for v in variables if v in environ}
    assert home.resolve(**{**mixed, **LOGIN}).auth == Password("u", "pw", "acc")
    assert home.resolve(**mixed) == home.resolve()


@pytest.mark.parametrize(
    ("params", "environ", "token"),
    [
        ({**KEYS, "security_token": "ST"}, {}, "ST"),
        ({**KEYS, "security_token": "ST"}, {**ENV_KEYS, "HW_SECURITY_TOKEN": "EST"}, "ST"),
        ({}, {**ENV_KEYS, "HW_SECURITY_TOKEN": "EST"}, "EST"),
        ({}, {**ENV_KEYS, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "EST"}, "EST"),
        (KEYS, {**ENV_KEYS, "HW_SECURITY_TOKEN": "EST"}, None),
        ({**KEYS, "security_token": "EST"}, {**ENV_KEYS, "HW_SECURITY_TOKEN": "EST"}, None),
        ({"access_key": "EAK", "secret_key": "ESK"}, {**ENV_KEYS, "HW_SECURITY_TOKEN": "EST"}, "EST"),
        ({**KEYS, "security_token": ""}, {"HW_SECURITY_TOKEN": "EST"}, "EST"),
        ({"profile": "basic"}, {}, None),
        ({"profile": "basic-two"}, {}, "IST2"),
        ({"profile": "basic-two"}, {"HW_SECURITY_TOKEN": "EST"}, "IST2"),
    ],
)
def test_a_security_token_belongs_to_its_key(
    home: Home, params: dict[str, Any], environ: dict[str, str], token: str | None
) -> None:
    home.environ = environ
    home.ini(INI)
    auth = home.resolve(**params).auth
    assert isinstance(auth, AccessKey)
    assert auth.security_token == token


def test_the_environments_security_token_is_not_for_a_profiles_key(home: Home) -> None:
    """A permanent key with a stranger's token is refused by the cloud, as often as it is tried."""
    home.environ = {"HW_SECURITY_TOKEN": "EST"}
    home.ini(INI)
    assert home.resolve(profile="basic").auth == AccessKey("IAK", "ISK")


def test_a_profiles_security_token_is_not_for_another_key(home: Home) -> None:
    home.ini(INI)
    assert home.resolve(**KEYS, profile="basic-two").auth == AccessKey("AK", "SK")


# Profile files


def test_the_default_profiles(home: Home) -> None:
    home.koocli(KOOCLI)
    assert home.resolve().auth == AccessKey("KAK", "KSK")
    home.ini(INI)
    assert home.resolve().auth == AccessKey("IAK", "ISK")


@pytest.mark.parametrize(
    ("name", "auth", "project_id", "iam"),
    [
        ("basic-two", AccessKey("IAK2", "I%SK2", "IST2"), "ip2", "https://iam.example.com"),
        ("other", AccessKey("KAK2", "KSK2", "KST2"), "kp2", "https://iam.cn-east-3.myhuaweicloud.com"),
    ],
)
@pytest.mark.parametrize("by_environment", [False, True])
def test_a_named_profile_fills_what_is_open(
    home: Home, name: str, auth: AccessKey, project_id: str, iam: str, by_environment: bool
) -> None:
    home.ini(INI)
    home.koocli(KOOCLI)
    home.environ = {"HW_PROFILE": name} if by_environment else {}
    found = resolve({"profile": None if by_environment else name}, home.environ, str(home.path))
    assert (found.auth, found.region, found.project_id, found.iam_endpoint) == (auth, "cn-east-3", project_id, iam)
    assert found.endpoint == "https://live.cn-east-3.myhuaweicloud.com"
    overruled = home.resolve(profile=name, iam_endpoint="https://x")
    assert (overruled.region, overruled.project_id, overruled.iam_endpoint) == ("cn-north-4", "p1", "https://x")


def test_a_profile_beside_other_keys_gives_the_place_only_and_says_so(home: Home) -> None:
    home.ini(INI)
    found = resolve({**KEYS, "profile": "basic-two"}, {}, str(home.path))
    assert (found.region, found.project_id) == ("cn-east-3", None)
    assert len(found.warnings) == 1
    assert "basic-two" in found.warnings[0]


def test_the_credentials_file_can_be_elsewhere(home: Home, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("[basic]\nak = X\nsk = Y\n", encoding="utf-8")
    home.environ = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(tmp_path / "elsewhere")}
    home.ini(INI)
    assert home.resolve().auth == AccessKey("X", "Y")


@pytest.mark.parametrize("name", ["none", "DEFAULT", "[basic]"])
def test_a_named_profile_that_is_nowhere(home: Home, name: str) -> None:
    home.ini(INI)
    home.koocli(KOOCLI)
    with pytest.raises(ConfigError, match="Profile"):
        home.resolve(profile=name)


def test_a_half_profile_names_what_is_missing(home: Home) -> None:
    home.ini("[basic]\nak = X\n")
    with pytest.raises(ConfigError, match="lacks secret_key"):
        home.resolve()


def test_an_empty_section_is_no_profile(home: Home) -> None:
    home.ini(INI)
    with pytest.raises(ConfigError):
        home.resolve(profile="empty")


@pytest.mark.parametrize(
    "text", ["ak = S3CRET", "[basic\nak=S3CRET", "[basic]\nak=S3CRET\nak=S3CRET", "[basic]\n S3CRET"]
)
def test_a_broken_credentials_file(home: Home, text: str) -> None:
    home.ini(text)
    with pytest.raises(ConfigError) as caught:
        home.resolve()
    assert str(home.path) in str(caught.value)
    assert "S3CRET" not in str(caught.value)
    assert home.resolve(**KEYS).auth == AccessKey("AK", "SK"), "nobody asked for the file"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", '{"profiles": 1}', '{"profiles": ["S3CRET"]}', '{"profiles": {"a": 1}}', "\x00"],
)
def test_a_broken_koocli_configuration(home: Home, text: str) -> None:
    home.koocli(text)
    with pytest.raises(ConfigError) as caught:
        home.resolve()
    assert "S3CRET" not in str(caught.value)


def test_a_credentials_file_that_is_not_text(home: Home, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe[basic]")
    home.environ = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(tmp_path / "bytes")}
    with pytest.raises(ConfigError, match="cannot be read"):
        home.resolve()


# Where to


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("cn-north-1", "myhuaweicloud.com"),
        ("ap-southeast-3", "myhuaweicloud.com"),
        ("eu-west-0", "myhuaweicloud.com"),
        ("eu-west-101", "myhuaweicloud.eu"),
        ("eu-west-1", "myhuaweicloud.eu"),
        ("brand-new-7", "myhuaweicloud.com"),
    ],
)
def test_endpoints_follow_the_region(home: Home, region: str, domain: str) -> None:
    found = home.resolve(**KEYS, region=region)
    assert found.endpoint == f"https://live.{region}.{domain}"
    assert found.iam_endpoint == f"https://iam.{region}.{domain}"


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ("https://live.example.com", "https://live.example.com"),
        ("https://live.example.com/", "https://live.example.com"),
        ("https://live.example.com:8443", "https://live.example.com:8443"),
        ("live.example.com", "https://live.example.com"),
        ("live.example.com:8443", "https://live.example.com:8443"),
        ("HTTPS://live.example.com", "https://live.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
@pytest.mark.parametrize("option", ["endpoint", "iam_endpoint"])
def test_an_endpoint_of_ones_own(home: Home, option: str, given: str, endpoint: str) -> None:
    assert getattr(home.resolve(**{**KEYS, option: given}), option) == endpoint


@pytest.mark.parametrize(
    "given",
    [
        "http://live.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "http://localhost\\@example.com",
        "ftp://localhost",
        "file:///etc/passwd",
        "https://",
        "https://user:S3CRET@example.com",
        "https://example.com/v1",
        "https://example.com?S3CRET",
        "https://example.com#S3CRET",
        "https://example.com:port",
        "https://example.com:99999",
        "https://[::1",
        "https://[not-an-address]",
        "https://exa\u2100mple.com",
        "://",
    ],
)
@pytest.mark.parametrize("option", ["endpoint", "iam_endpoint"])
def test_an_endpoint_that_cannot_be(home: Home, option: str, given: str) -> None:
    with pytest.raises(ConfigError) as caught:
        home.resolve(**{**KEYS, option: given})
    assert option in str(caught.value)
    assert "S3CRET" not in str(caught.value)


@given(st.text())
@example("[")
def test_any_endpoint_is_taken_or_is_a_named_fault(value: str) -> None:
    found = outcome({**PLACE, **KEYS, "endpoint": value}, {}, Home(Path("/nonexistent")))
    if isinstance(found, str):
        assert "endpoint" in found
    else:
        assert found.endpoint.startswith(("https://", "http://"))


@pytest.mark.parametrize("name", ["region", "project_id"])
@pytest.mark.parametrize("value", ["a b", "a/b", "a\n", "../x", "a.example.com", "ä"])
def test_a_place_that_cannot_be(home: Home, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        home.resolve(**{**KEYS, name: value})


@pytest.mark.parametrize(
    ("params", "fine"),
    [
        ({**KEYS, "project_id": "p"}, False),
        ({**KEYS, "project_id": "p", "endpoint": "https://e"}, True),
        ({**KEYS, "endpoint": "https://e"}, False),
        ({**KEYS, "endpoint": "https://e", "iam_endpoint": "https://i"}, False),
        ({**KEYS, "region": "r"}, True),
        ({**LOGIN, "project_id": "p", "endpoint": "https://e"}, False),
        ({**LOGIN, "project_id": "p", "endpoint": "https://e", "iam_endpoint": "https://i"}, True),
        ({"auth_token": "T", "project_id": "p", "endpoint": "https://e"}, True),
        ({"auth_token": "T", "endpoint": "https://e"}, False),
    ],
)
def test_a_region_is_needed_only_where_something_follows_from_it(
    home: Home, params: dict[str, Any], fine: bool
) -> None:
    if fine:
        assert resolve(params, {}, str(home.path)).endpoint
    else:
        with pytest.raises(ConfigError, match="region is missing"):
            resolve(params, {}, str(home.path))


# Certificates and time


def test_which_certificates_are_trusted(home: Home, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("x", encoding="utf-8")
    assert home.resolve(**KEYS).verify is True
    assert home.resolve(**KEYS, validate_certs=True, ca_path=str(bundle)).verify == str(bundle)
    assert home.resolve(**KEYS, validate_certs=False, ca_path=str(bundle)).verify is False
    assert home.resolve(**KEYS, ca_path="").verify is True
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        home.environ = {variable: str(tmp_path)}
        assert home.resolve(**KEYS).verify == str(tmp_path)
        assert home.resolve(**KEYS, ca_path=str(bundle)).verify == str(bundle)


def test_a_ca_path_that_is_not_there(home: Home) -> None:
    with pytest.raises(ConfigError, match="ca_path"):
        home.resolve(**KEYS, ca_path=str(home.path / "none.pem"))


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_that_is_not_there(home: Home, variable: str) -> None:
    """requests would end the module with an OSError."""
    home.environ = {variable: str(home.path / "none.pem")}
    with pytest.raises(ConfigError, match=variable):
        home.resolve(**KEYS)


@pytest.mark.parametrize(
    ("value", "insecure"),
    [
        ("true", True),
        ("True", True),
        ("1", True),
        ("yes", True),
        (" on ", True),
        ("false", False),
        ("0", False),
        ("", False),
        ("no", False),
        ("maybe", False),
    ],
)
def test_the_switch_of_the_environment(monkeypatch: pytest.MonkeyPatch, value: str, insecure: bool) -> None:
    monkeypatch.setenv("HW_INSECURE", value)
    if insecure:
        assert insecure_from_environ("HW_INSECURE") is False
    else:
        with pytest.raises(ValueError, match="not set"):
            insecure_from_environ("HW_INSECURE")


@pytest.mark.parametrize(("value", "seconds"), [(None, 30.0), (1, 1.0), (90, 90.0)])
def test_timeout(home: Home, value: Any, seconds: float) -> None:
    assert home.resolve(**KEYS, timeout=value).timeout == seconds


@pytest.mark.parametrize("value", [0, -1])
def test_a_timeout_that_cannot_be(home: Home, value: int) -> None:
    with pytest.raises(ConfigError, match="timeout"):
        home.resolve(**KEYS, timeout=value)


@pytest.mark.parametrize("params", [{**KEYS, "security_token": "ST"}, {"auth_token": "T"}, LOGIN])
def test_no_secret_in_the_text_of_a_connection(home: Home, params: dict[str, Any]) -> None:
    found = home.resolve(**params)
    secrets = [params[name] for name in ("secret_key", "security_token", "auth_token", "password") if name in params]
    assert list(found.secrets) == secrets
    assert not any(f"'{secret}'" in repr(found) for secret in secrets)
