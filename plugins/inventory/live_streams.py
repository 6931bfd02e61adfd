# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: live_streams
short_description: Online streams as hosts
version_added: 1.0.0
description:
  - Makes a host of every stream that is being pushed to the given domains of Huawei Cloud Live, with its properties as
    host variables.
  - The configuration file's name must end in C(live_streams.yml) or C(live_streams.yaml), with nothing or a dot before
    it.
  - The service's list lags. A new push shows after 2 to 4 minutes, one that ended goes after about 3.
  - The host variables are those of RV(hwc.live.live_stream_info#module:streams), and C(stream_key), the stream as
    C(domain/app/stream).
  - Strings in the connection options, in O(publish_domains), O(app) and O(stream) may be templates.
options:
  plugin:
    description:
      - Marks the file as one for this plugin.
    type: str
    required: true
    choices: [hwc.live.live_streams]
  publish_domains:
    description:
      - The push domains.
    type: list
    elements: str
    required: true
  hostname:
    description:
      - A Jinja2 expression that gives the host's name, from its variables. Two streams of one name are an error.
      - Without it the name is the stream's key with C(__) for the slashes, such as V(push.example.com__live__cam-01).
        If the key holds characters that host names or patterns cannot have, they become C(_), and a hash is added.
    type: str
extends_documentation_fragment:
  - hwc.live.connection
  - hwc.live.retries
  - hwc.live.names.patterns
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
seealso:
  - module: hwc.live.live_stream_info
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
# tonight.live_streams.yml; the access key comes from the environment
plugin: hwc.live.live_streams
region: cn-north-4
publish_domains: [push.example.com]
app: live
stream: cam-*

---
# with groups, a variable, a shorter name, and a cache
plugin: hwc.live.live_streams
region: cn-north-4
access_key: "{{ lookup('ansible.builtin.env', 'MY_ACCESS_KEY') }}"
secret_key: "{{ lookup('ansible.builtin.env', 'MY_SECRET_KEY') }}"
publish_domains: [push.example.com, push.example.org]
hostname: stream
keyed_groups:
  - key: app
    prefix: app
groups:
  high_definition: resolution in ['1920x1080', '3840x2160']
compose:
  megabits: video_bitrate / 1000
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /tmp/live_streams
cache_timeout: 60
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import (
    ENVIRONMENT,
    Connection,
    insecure_from_environ,
    resolve,
)
from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import LiveApi
from ansible_collections.hwc.live.plugins.module_utils._cloud.transport import REQUESTS_IMPORT_ERROR
from ansible_collections.hwc.live.plugins.module_utils._core.errors import LiveError
from ansible_collections.hwc.live.plugins.module_utils._core.hosts import host_name
from ansible_collections.hwc.live.plugins.module_utils._core.streams import StreamKey
from ansible_collections.hwc.live.plugins.module_utils._resources.lists import Listing, streams
from ansible_collections.hwc.live.plugins.module_utils._resources.resource import Item

FILES = ("live_streams.yml", "live_streams.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    NAME = "hwc.live.live_streams"

    def verify_file(self, path: str) -> bool:
        name = os.path.basename(path)
        fitting = any(name == end or name.endswith("." + end) for end in FILES)
        return fitting and bool(super().verify_file(path))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        if REQUESTS_IMPORT_ERROR is not None:
            raise AnsibleParserError(f"{self.NAME} needs the Python package requests on this host.")
        taken: dict[str, str] = {}
        options = self._options_of(config)
        try:
            connection = resolve(options, os.environ, os.path.expanduser("~"))
            items = self._items(connection, options, self.get_cache_key(path), cache)
        except LiveError as exc:
            raise AnsibleParserError(f"{self.NAME}: {exc}") from None
        for item in items:
            self._add(item, taken)

    def _options_of(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The options, with their templates resolved."""
        plain = ("validate_certs", "ca_path", "timeout", "retry_timeout")
        names = (*ENVIRONMENT, "publish_domains", "app", "stream")
        options = {name: self.templar.template(self.get_option(name)) for name in names}
        options |= {name: self.get_option(name) for name in plain}
        if "validate_certs" not in config:
            try:
                options["validate_certs"] = insecure_from_environ("HW_INSECURE")
            except ValueError:
                options["validate_certs"] = True
        return options

    def _items(self, connection: Connection, options: dict[str, Any], cache_key: str, may_read: bool) -> list[Item]:
        """The streams, out of the cache if it is on and holds the answer to the same question."""
        if not self.get_option("cache"):
            return self._ask(connection, options)
        where = {"endpoint": connection.endpoint, "region": connection.region, "project_id": connection.project_id}
        question = {**where, **{name: options[name] for name in ("publish_domains", "app", "stream")}}
        self.load_cache_plugin()
        kept = self._cache.get(cache_key) if may_read else None
        if isinstance(kept, dict) and kept.get("question") == question:
            return list(kept["streams"])
        items = self._ask(connection, options)
        self._cache[cache_key] = {"question": question, "streams": items}
        return items

    def _ask(self, connection: Connection, options: dict[str, Any]) -> list[Item]:
        api = LiveApi(connection)
        budget = float(options["retry_timeout"])
        domains = dict.fromkeys(options["publish_domains"])
        listings = [streams(api, {**options, "publish_domain": domain}, budget) for domain in domains]
        for warning in (*connection.warnings, *_warnings(listings)):
            self.display.warning(warning)
        return [item for listing in listings for item in listing.items]

    def _add(self, item: Item, taken: dict[str, str]) -> None:
        """One host, with its variables and groups. What a stream is called is not ours: it is never a template."""
        key = StreamKey(str(item["publish_domain"]), str(item["app"]), str(item["stream"]))
        variables = wrap_var({**item, "stream_key": str(key)})
        hostname = self.get_option("hostname")
        host = str(self._compose(hostname, variables)) if hostname else host_name(key)
        if host in taken:
            raise AnsibleParserError(f"{self.NAME}: {taken[host]} and {key} both give the host name {host}.")
        taken[host] = str(key)
        self.inventory.add_host(host)
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)


def _warnings(listings: list[Listing]) -> list[str]:
    return [warning for listing in listings for warning in listing.warnings]
