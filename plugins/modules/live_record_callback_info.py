# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_record_callback_info
short_description: List record callbacks of live streams
version_added: 1.0.0
description:
  - Lists the record callbacks of Huawei Cloud Live, all pages. The service never returns their keys.
options: {}
extends_documentation_fragment:
  [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.info, hwc.live.names.filters]
seealso:
  - module: hwc.live.live_record_callback
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: All callbacks of a domain
  hwc.live.live_record_callback_info:
    publish_domain: push.example.com
  register: callbacks

- name: Where they go
  ansible.builtin.debug:
    msg: "{{ callbacks.record_callbacks | items2dict(key_name='app', value_name='notify_callback_url') }}"
"""

RETURN = r"""
record_callbacks:
  description: The callbacks, with the fields of RV(hwc.live.live_record_callback#module:record_callback).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 7c1d4f0a7c1d4f0a7c1d4f0a7c1d4f0a
      publish_domain: push.example.com
      app: live
      notify_callback_url: https://callbacks.example.com/record
      notify_event_subscription: [RECORD_FILE_COMPLETE]
      sign_type: HMACSHA256
      create_time: "2026-01-02T15:04:05Z"
      update_time: "2026-01-02T15:04:05Z"
"""

from ansible_collections.hwc.live.plugins.module_utils._resource_module import run_info, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.lists import record_callbacks


def main() -> None:
    run_info("record_callbacks", record_callbacks, texts("publish_domain", "app"))


if __name__ == "__main__":
    main()
