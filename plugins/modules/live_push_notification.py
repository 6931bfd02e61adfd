# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_push_notification
short_description: Manage the push notification of a domain
version_added: 1.0.0
description:
  - Creates, changes and removes the push notification of a push domain of Huawei Cloud Live, the message (C(PUBLISH),
    C(PUBLISH_DONE)) that the service posts to a URL of yours when a push begins and when it ends.
  - A domain has one. It is found by O(domain).
options:
  domain:
    description:
      - The push domain.
    type: str
    required: true
  url:
    description:
      - The URL that the messages are posted to, C(http) or better C(https). Needed to create the notification.
    type: str
  auth_sign_key:
    description:
      - The key that messages are signed with; the console asks for 32 to 128 characters. Without one they are not
        signed.
      - Where the service returns it, it is compared like any other option, and never shown.
    type: str
  call_back_area:
    description:
      - Where the server behind O(url) is.
    type: str
    choices: [mainland_china, outside_mainland_china]
  update_key:
    description:
      - Matters only where the service returns no key, so that O(auth_sign_key) cannot be compared.
      - With V(always) the notification is then written in every run, and every run is a change.
      - With V(on_create) a key alone is then no reason to write, also where there is none yet.
    type: str
    choices: [on_create, always]
    default: always
extends_documentation_fragment: [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.resource]
seealso:
  - module: hwc.live.live_push_notification_info
  - module: hwc.live.live_record_callback
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: Pushes of the domain report to our listener, signed
  hwc.live.live_push_notification:
    domain: push.example.com
    url: https://callbacks.example.com/push
    auth_sign_key: "{{ push_notification_key }}"
    call_back_area: outside_mainland_china

- name: The notification is removed
  hwc.live.live_push_notification:
    domain: push.example.com
    state: absent
"""

RETURN = r"""
push_notification:
  description:
    - The notification as it is, in check mode as it would be, without its key; null if there is none.
  returned: success
  type: dict
  contains:
    domain: {description: "The push domain, in lower case.", type: str, returned: always, sample: push.example.com}
    url:
      description: Where the messages go.
      type: str
      returned: always
      sample: "https://callbacks.example.com/push"
    call_back_area:
      description: Where the server behind the URL is; null if the service does not tell.
      type: str
      returned: always
      sample: outside_mainland_china
    has_auth_sign_key:
      description: Whether messages are signed, as far as the service tells; null if it returns no key.
      type: bool
      returned: always
      sample: true
diff:
  description: The notification before and after; of its key, whether it is there and whether it is written.
  returned: with C(--diff)
  type: dict
"""

from ansible_collections.hwc.live.plugins.module_utils._resource_module import UPDATE_KEY, run_resource, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.kinds import PUSH_NOTIFICATION

OPTIONS = {
    **texts("domain", required=True),
    **texts("url"),
    "auth_sign_key": {"type": "str", "no_log": True},
    "call_back_area": {"type": "str", "choices": ["mainland_china", "outside_mainland_china"]},
    "update_key": {**UPDATE_KEY, "default": "always"},
}


def main() -> None:
    run_resource(PUSH_NOTIFICATION, OPTIONS)


if __name__ == "__main__":
    main()
