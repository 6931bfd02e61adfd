# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_token
short_description: Log in at IAM once for a whole play
version_added: 1.0.0
description:
  - Gets a token from IAM with user name, password and account name. Huawei asks callers to get one and use it again
    rather than to log in with every request; a token is good for 24 hours.
  - Its results are for O(hwc.live.live_record_control#module:auth_token) and
    O(hwc.live.live_record_control#module:project_id) of all modules of the action group C(hwc.live.live).
  - Whoever has the token has the rights of the user until it expires. Put C(no_log=true) on the task. Then no output
    shows the token, at any verbosity, while the registered result holds it; the modules that take it show it nowhere.
    Do not make it a fact, and do not print the result.
options: {}
extends_documentation_fragment:
  - hwc.live.attributes
  - hwc.live.connection
  - hwc.live.retries
  - hwc.live.info
attributes:
  check_mode:
    support: full
    details:
      - The module logs in in check mode too, since the tasks after it need the token. It changes no resource.
  idempotent:
    support: N/A
    details:
      - Every run gets a new token and reports no change.
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: One login for the play
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Log in
      hwc.live.iam_token:
        region: cn-north-4
        username: "{{ iam_user }}"
        password: "{{ iam_password }}"
        account_name: "{{ iam_account }}"
      register: login
      no_log: true  # the result is a secret

    - name: With it
      module_defaults:
        group/hwc.live.live:
          region: cn-north-4
          auth_token: "{{ login.auth_token }}"
          project_id: "{{ login.project_id }}"
      block:
        - name: Tonight's cameras are recorded
          hwc.live.live_record_control:
            state: recording
            publish_domain: push.example.com
            app: live
            streams: [cam-01, cam-02]
"""

RETURN = r"""
auth_token:
  description: The token. A secret.
  returned: success
  type: str
project_id:
  description: The id of the project that the token is good for.
  returned: success
  type: str
  sample: 0123456789abcdef0123456789abcdef
expires_at:
  description: When it expires (UTC).
  returned: success
  type: str
  sample: "2026-01-02T15:04:05Z"
"""

from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import Password
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ConfigError, LiveError
from ansible_collections.hwc.live.plugins.module_utils._module import Context, Outcome, run_module
from ansible_collections.hwc.live.plugins.module_utils._resource_module import RETRIES, retry_budget
from ansible_collections.hwc.live.plugins.module_utils._resources.ask import ResourceError, ask
from ansible_collections.hwc.live.plugins.module_utils._resources.resource import utc_time


def work(context: Context) -> Outcome:
    auth = context.connection.auth
    if not isinstance(auth, Password):
        raise ConfigError("A login needs username, password and account_name; other credentials are given.")
    login = context.connect(1).auth.login
    try:
        token = ask(lambda: login(auth), retry_budget(context.params))
    except LiveError as exc:
        raise ResourceError("No token was got", exc) from None
    values = {"auth_token": token.auth_token, "project_id": token.project_id, "expires_at": utc_time(token.expires_at)}
    return Outcome({"changed": False, **values}, returns_token=True)


def main() -> None:
    run_module(RETRIES, work)


if __name__ == "__main__":
    main()
