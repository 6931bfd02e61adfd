# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of service codes."""

from __future__ import annotations

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.errors import (
    CODES,
    ApiError,
    Disposition,
    ErrorAnswer,
    describe,
    disposition,
    hint,
    service_code,
)

D = Disposition
DOCUMENTED = {
    "LIVE.100011001": (400, D.REPORT),
    "LIVE.100011022": (400, D.EXISTS),
    "LIVE.100011004": (400, D.REPORT),
    "LIVE.100011006": (400, D.REPORT),
    "LIVE.100011008": (400, D.REPORT),
    "LIVE.100011009": (400, D.END_RUN),
    "LIVE.100011013": (400, D.END_RUN),
    "LIVE.103011018": (400, D.REPORT),
    "LIVE.103011021": (400, D.RETRY),
    "LIVE.103011022": (400, D.REPORT),
    "LIVE.100011002": (401, D.END_RUN),
    "LIVE.100011003": (401, D.END_RUN),
    "LIVE.100011014": (401, D.END_RUN),
    "LIVE.100011015": (401, D.END_RUN),
    "LIVE.103011016": (403, D.REPORT),
    "LIVE.103011019": (404, D.ABSENT),
    "LIVE.100011000": (500, D.RETRY),
    "LIVE.100011005": (500, D.RETRY),
    "LIVE.100011007": (500, D.THROTTLED),
    "APIGW.0301": (401, D.END_RUN),
    "APIGW.0302": (403, D.END_RUN),
    "APIGW.0303": (401, D.END_RUN),
    "APIGW.0308": (429, D.THROTTLED),
    "APIGW.0101": (404, D.REPORT),
}


def test_the_table_is_the_documented_one() -> None:
    assert set(CODES) == set(DOCUMENTED)
    assert all(row.hint.endswith(".") for row in CODES.values())


@pytest.mark.parametrize(("code", "expected"), DOCUMENTED.items())
def test_a_code_decides_whatever_its_status(code: str, expected: tuple[int, Disposition]) -> None:
    for status in (expected[0], 400, 500):
        assert disposition(ErrorAnswer(status, code, "x")) is expected[1]
        assert hint(ErrorAnswer(status, code, "x")) == CODES[code].hint


@pytest.mark.parametrize("number", ["0101", "0301", "0302", "0303", "0308"])
def test_both_spellings_of_the_gateway(number: str) -> None:
    assert service_code(f"APIG.{number}") is service_code(f"APIGW.{number}") is CODES[f"APIGW.{number}"]


@pytest.mark.parametrize("code", [None, "", "APIG.", "APIG.9999", "APIGW", "LIVE.0", "apig.0301", "0301"])
def test_codes_of_no_table(code: str | None) -> None:
    assert service_code(code) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, D.REPORT),
        (400, D.REPORT),
        (401, D.END_RUN),
        (403, D.REPORT),
        (404, D.REPORT),
        (405, D.REPORT),
        (407, D.REPORT),
        (408, D.RETRY),
        (413, D.REPORT),
        (429, D.THROTTLED),
        (500, D.RETRY),
        (501, D.RETRY),
        (502, D.RETRY),
        (503, D.RETRY),
        (504, D.RETRY),
        (599, D.RETRY),
    ],
)
@pytest.mark.parametrize("code", [None, "LIVE.999999999", "APIGW.9999"])
def test_an_unknown_code_goes_by_its_status(code: str | None, status: int, expected: Disposition) -> None:
    assert disposition(ErrorAnswer(status, code, "x")) is expected
    assert hint(ErrorAnswer(status, code, "x"))


def test_a_redirect_names_the_proxy() -> None:
    assert "proxy" in hint(ErrorAnswer(302, None, "Found"))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (ErrorAnswer(400, "LIVE.1", "No", "id-1"), "LIVE.1 No (HTTP 400, request id id-1)"),
        (ErrorAnswer(400, "LIVE.1", "No"), "LIVE.1 No (HTTP 400)"),
        (ErrorAnswer(502, None, "Bad Gateway, with an empty body"), "Bad Gateway, with an empty body (HTTP 502)"),
    ],
)
def test_the_text_of_an_error(answer: ErrorAnswer, text: str) -> None:
    assert describe(answer) == str(ApiError(answer)) == text
