# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_key:
    description:
      - Access key id (AK). With O(secret_key) one of three ways to authenticate; exactly one must be complete.
      - The environment variables are E(HW_ACCESS_KEY) and E(HUAWEICLOUD_SDK_AK).
    type: str
  secret_key:
    description:
      - Secret access key (SK).
      - The environment variables are E(HW_SECRET_KEY) and E(HUAWEICLOUD_SDK_SK).
    type: str
  security_token:
    description:
      - The security token that belongs to a temporary access key.
      - The environment variables are E(HW_SECURITY_TOKEN) and E(HUAWEICLOUD_SDK_SECURITY_TOKEN).
    type: str
  auth_token:
    description:
      - An IAM token (C(X-Subject-Token)). The second way to authenticate. It cannot be renewed by the module.
      - The environment variable is E(HW_AUTH_TOKEN).
    type: str
  username:
    description:
      - IAM user name. With O(password) and O(account_name) the third way to authenticate; the module gets a token, and
        a new one if it expires in mid-run.
      - The environment variable is E(HW_USER_NAME).
    type: str
  password:
    description:
      - Password of the IAM user.
      - The environment variable is E(HW_USER_PASSWORD).
    type: str
  account_name:
    description:
      - Account (domain) name of the IAM user.
      - The environment variable is E(HW_DOMAIN_NAME).
    type: str
  project_id:
    description:
      - Id of the project in the region. It is asked of IAM if it is not given, by the name that O(region) gives.
      - The environment variables are E(HW_PROJECT_ID) and E(HUAWEICLOUD_SDK_PROJECT_ID).
    type: str
  region:
    description:
      - Region id, such as V(cn-north-4). The endpoints are derived from it.
      - The environment variable is E(HW_REGION_NAME).
    type: str
  endpoint:
    description:
      - Address of the Live API, C(https://host[:port]), where it is not the region's. C(http://) is accepted for a
        loopback host only.
      - The environment variable is E(HW_LIVE_ENDPOINT).
    type: str
  iam_endpoint:
    description:
      - Address of IAM, where it is not the region's.
      - The environment variable is E(HW_IAM_ENDPOINT).
    type: str
  profile:
    description:
      - Name of a section of the SDK's credentials file C(~/.huaweicloud/credentials) (or the file that
        E(HUAWEICLOUD_SDK_CREDENTIALS_FILE) names), or of a profile in KooCLI's C(~/.hcloud/config.json).
      - What options and environment leave open is taken from it. Without a name the section C(basic) or KooCLI's
        current profile is used if nothing else gives credentials.
      - The environment variable is E(HW_PROFILE).
    type: str
  validate_certs:
    description:
      - Whether TLS certificates are verified.
      - The environment variable E(HW_INSECURE) turns it off if it is true and the option is not given.
    type: bool
    default: true
  ca_path:
    description:
      - File or directory of CA certificates to trust instead of the default ones.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and for an answer.
    type: int
    default: 30
notes:
  - An empty string counts as absent, in options and in environment variables.
  - Options come before environment variables, those before profile files.
  - Redirects are not followed, and a C(.netrc) file is not read. Proxies from the environment are used.
requirements:
  - requests
"""
