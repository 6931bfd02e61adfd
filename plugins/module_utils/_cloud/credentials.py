# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options, environment and profile files: from what the user gave to one complete way of authenticating.

Nothing here talks to the network. An empty string is absent, wherever it comes from.
"""

from __future__ import annotations

import configparser
import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .._core.errors import ConfigError

# The names that Terraform's provider and the SDK use; HW_LIVE_ENDPOINT, HW_IAM_ENDPOINT and HW_PROFILE are our own.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "access_key": ("HW_ACCESS_KEY", "HUAWEICLOUD_SDK_AK"),
    "secret_key": ("HW_SECRET_KEY", "HUAWEICLOUD_SDK_SK"),
    "security_token": ("HW_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    "auth_token": ("HW_AUTH_TOKEN",),
    "username": ("HW_USER_NAME",),
    "password": ("HW_USER_PASSWORD",),
    "account_name": ("HW_DOMAIN_NAME",),
    "project_id": ("HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID"),
    "region": ("HW_REGION_NAME",),
    "endpoint": ("HW_LIVE_ENDPOINT",),
    "iam_endpoint": ("HW_IAM_ENDPOINT",),
    "profile": ("HW_PROFILE",),
}
SECRETS = ("secret_key", "security_token", "auth_token", "password")
# What a way of authenticating needs, and which of these fields show that somebody meant it.
_WAYS: dict[str, tuple[str, ...]] = {
    "access key": ("access_key", "secret_key"),
    "token": ("auth_token",),
    "password": ("username", "password", "account_name"),
}
_STARTS = {"access_key", "secret_key", "auth_token", "username", "password"}


@dataclass(frozen=True)
class AccessKey:
    """AK/SK, with a security token where the key is a temporary one."""

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Token:
    """An IAM token that somebody else got. It cannot be renewed."""

    auth_token: str = field(repr=False)


@dataclass(frozen=True)
class Password:
    """User name, password and account (domain) name: good for a token, and for the next one."""

    username: str
    password: str = field(repr=False)
    account_name: str


@dataclass(frozen=True)
class Connection:
    """All that is needed to talk to the service.

    project_id: None where it is to be found out; then region is there. endpoint, iam_endpoint: scheme and host, no
    trailing slash; iam_endpoint None where nothing needs it. verify: what requests takes. timeout: seconds.
    warnings: for the user. secrets: values that no output may show.
    """

    auth: AccessKey | Token | Password
    region: str | None
    project_id: str | None
    endpoint: str
    iam_endpoint: str | None
    verify: bool | str
    timeout: float
    warnings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)


def resolve(params: Mapping[str, Any], environ: Mapping[str, str], home: str) -> Connection:
    """Options, then environment, then profile files.

    params: the connection options as Ansible hands them over (absent ones None). environ, home: os.environ and the
    home folder. Raises ConfigError that names what is missing, doubled or unusable.
    """
    values = {name: _text(params.get(name)) or _from_environ(name, environ) for name in ENVIRONMENT}
    way = _choose(_given(params, environ)) or _choose(values)
    warnings: list[str] = []
    if way is None or values["profile"]:
        profile = _read_profile(values["profile"], environ, home)
        if way is None:
            values["security_token"] = _given(params, environ)["security_token"]  # the environment's has another key
        else:
            warnings.append(
                f"The keys of profile {values['profile']} are not used: the {way} comes from options or environment."
            )
            profile = {name: value for name, value in profile.items() if name in ("region", "iam_endpoint")}
        values.update((name, value) for name, value in profile.items() if not values.get(name))
        way = way or _choose(values)
    auth = _complete(way, values, environ)
    region, project_id = _region(values["region"]), _project_id(values["project_id"])
    endpoint = _endpoint("endpoint", values["endpoint"]) or _default_endpoint("live", region)
    iam_endpoint = _endpoint("iam_endpoint", values["iam_endpoint"]) or _default_endpoint("iam", region)
    needs_iam = project_id is None or isinstance(auth, Password)
    if endpoint is None or (project_id is None and region is None) or (needs_iam and iam_endpoint is None):
        raise ConfigError("region is missing: give the option region or set HW_REGION_NAME.")
    return Connection(
        auth=auth,
        region=region,
        project_id=project_id,
        endpoint=endpoint,
        iam_endpoint=iam_endpoint,
        verify=_verify(params, environ),
        timeout=_timeout(params.get("timeout")),
        warnings=tuple(warnings),
        secrets=tuple(value for name in SECRETS if (value := values[name])),
    )


def insecure_from_environ(*names: str) -> bool:
    """Ansible fallback of validate_certs: false where one of the variables is true.

    Raises ValueError otherwise; the caller turns that into "no fallback".
    """
    for name in names:
        if os.environ.get(name, "").strip().lower() in ("true", "yes", "on", "1", "t", "y"):
            return False
    raise ValueError("not set")


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _from_environ(name: str, environ: Mapping[str, str]) -> str | None:
    return next((environ[variable] for variable in ENVIRONMENT[name] if environ.get(variable)), None)


def _given(params: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str | None]:
    """What was given as an option. Ansible has mixed in the environment: what equals it came from there."""
    own = {name: _text(params.get(name)) for name in ENVIRONMENT}
    return {name: value if value != _from_environ(name, environ) else None for name, value in own.items()}


def _choose(values: Mapping[str, str | None]) -> str | None:
    """The one way of authenticating that somebody began to give, or None. Raises ConfigError if there are two."""
    ways = [way for way, names in _WAYS.items() if any(values.get(name) for name in names if name in _STARTS)]
    if len(ways) > 1:
        given = " and ".join("/".join(name for name in _WAYS[way] if values.get(name)) for way in ways)
        raise ConfigError(f"More than one way of authenticating is given: {given}. Keep one of them.")
    return ways[0] if ways else None


def _complete(
    way: str | None, values: Mapping[str, str | None], environ: Mapping[str, str]
) -> AccessKey | Token | Password:
    if way is None:
        raise ConfigError(
            "No credentials. Give access_key and secret_key, or auth_token, or username, password and account_name, "
            "as options, as environment variables (HW_ACCESS_KEY …) or in a profile file."
        )
    missing = [name for name in _WAYS[way] if not values[name]]
    if missing:
        variables = ", ".join(ENVIRONMENT[name][0] for name in missing)
        raise ConfigError(f"Authentication by {way} lacks {' and '.join(missing)} (environment: {variables}).")
    needed = [values[name] or "" for name in _WAYS[way]]
    if way == "access key":
        return AccessKey(needed[0], needed[1], _security_token(values, environ))
    return Token(needed[0]) if way == "token" else Password(*needed)


def _security_token(values: Mapping[str, str | None], environ: Mapping[str, str]) -> str | None:
    """The environment's security token belongs to the environment's key, not to another one given as an option."""
    token, other_key = values["security_token"], _from_environ("access_key", environ)
    stranger = token == _from_environ("security_token", environ) and other_key not in (None, values["access_key"])
    return None if stranger else token


def _read_profile(name: str | None, environ: Mapping[str, str], home: str) -> dict[str, str]:
    """The named profile, or the default one. Raises ConfigError if a named one is nowhere."""
    ini = environ.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE") or os.path.join(home, ".huaweicloud", "credentials")
    koocli = os.path.join(home, ".hcloud", "config.json")
    found = _ini_section(ini, name or "basic") or _koocli_profile(koocli, name)
    if found is None and name:
        raise ConfigError(f"Profile {name} is neither a section of {ini} nor a profile of {koocli}.")
    return found or {}


def _ini_section(path: str, section: str) -> dict[str, str] | None:
    """A section of the SDK's credentials file (huaweicloudsdkcore/auth/provider.py)."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as exc:
        raise ConfigError(f"The credentials file {path} cannot be read: {type(exc).__name__}.") from None
    if not parser.has_section(section):
        return None
    names = {"ak": "access_key", "sk": "secret_key"}
    wanted = ("ak", "sk", "security_token", "project_id", "iam_endpoint", "region")
    return {names.get(key, key): value for key in wanted if (value := parser.get(section, key, fallback=""))}


def _koocli_profile(path: str, name: str | None) -> dict[str, str] | None:
    """A profile of KooCLI's configuration, the current one if none is named."""
    try:
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
        wanted = name or config.get("current")
        profile = next((p for p in config.get("profiles") or [] if p.get("name") == wanted), None)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError, TypeError) as exc:
        raise ConfigError(f"The KooCLI configuration {path} cannot be read: {type(exc).__name__}.") from None
    if profile is None:
        return None
    names = {
        "accessKeyId": "access_key",
        "secretAccessKey": "secret_key",
        "securityToken": "security_token",
        "region": "region",
        "projectId": "project_id",
    }
    return {ours: str(profile[theirs]) for theirs, ours in names.items() if profile.get(theirs)}


def _region(region: str | None) -> str | None:
    if region is not None and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", region):
        raise ConfigError(f"region {region!r} is not a region id such as cn-north-4.")
    return region


def _project_id(project_id: str | None) -> str | None:
    if project_id is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", project_id):
        raise ConfigError("project_id is not a project id: letters and digits, usually 32 of them.")
    return project_id


def _default_endpoint(service: str, region: str | None) -> str | None:
    """Europe has a top-level domain of its own; the host is derived, never looked up in a list."""
    if region is None:
        return None
    return f"https://{service}.{region}.myhuaweicloud.{'eu' if region.startswith('eu-west-1') else 'com'}"


def _endpoint(option: str, value: str | None) -> str | None:
    """`https://host[:port]`. The scheme may be left out; http is for a service on this machine only."""
    if value is None:
        return None
    fault = ConfigError(f"{option} must be https://host[:port].")
    try:
        url = urlsplit(value if "://" in value else f"https://{value}")
        usable = bool(url.hostname) and url.port != 0  # the port is checked when it is asked for
    except ValueError:
        raise fault from None
    plain = not (url.username or url.password or url.query or url.fragment or url.path.strip("/"))
    if url.scheme not in ("http", "https") or not url.hostname or not (usable and plain):
        raise fault
    if url.scheme == "http" and not _is_loopback(url.hostname):
        raise ConfigError(f"{option} {url.scheme}://{url.netloc} is not encrypted: http is for loopback hosts only.")
    return f"{url.scheme}://{url.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _verify(params: Mapping[str, Any], environ: Mapping[str, str]) -> bool | str:
    """What requests takes as `verify`; without ca_path the variables that requests' users know count too."""
    if params.get("validate_certs") is False:
        return False
    given = {"ca_path": _text(params.get("ca_path"))}
    given |= {name: _text(environ.get(name)) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
    for name, path in given.items():
        if path and not os.path.exists(os.path.expanduser(path)):
            raise ConfigError(f"{name} {path} does not exist on this host.")
        if path:
            return os.path.expanduser(path)
    return True


def _timeout(value: Any) -> float:
    seconds = float(value if value is not None else 30)
    if seconds <= 0:
        raise ConfigError("timeout must be at least 1 second.")
    return seconds
