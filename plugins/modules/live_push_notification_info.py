# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_push_notification_info
short_description: Read the push notification of a domain
version_added: 1.0.0
description:
  - Reads the push notification of a push domain of Huawei Cloud Live. The service has no call that lists all.
options:
  domain:
    description:
      - The push domain.
    type: str
    required: true
extends_documentation_fragment: [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.info]
seealso:
  - module: hwc.live.live_push_notification
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: Read it
  hwc.live.live_push_notification_info:
    domain: push.example.com
  register: notification

- name: Pushes of the domain are reported to somebody
  ansible.builtin.assert:
    that: notification.push_notifications | length == 1
"""

RETURN = r"""
push_notifications:
  description:
    - A list of one, with the fields of RV(hwc.live.live_push_notification#module:push_notification), or an empty list.
  returned: success
  type: list
  elements: dict
  sample:
    - domain: push.example.com
      url: https://callbacks.example.com/push
      call_back_area: outside_mainland_china
      has_auth_sign_key: true
"""

from ansible_collections.hwc.live.plugins.module_utils._resource_module import run_info, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.lists import push_notifications


def main() -> None:
    run_info("push_notifications", push_notifications, texts("domain", required=True))


if __name__ == "__main__":
    main()
