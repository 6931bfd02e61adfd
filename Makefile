# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every target sets itself up, in folders that git ignores: .venv (tools), .build (views and builds), .cache.

PYTHON ?= python3.11
VENV := .venv
VIEW := .build/src/ansible_collections/hwc/live
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin

.PHONY: help setup test slices demo bench chaos clean

help:
	@echo "make demo    see the collection at work against a simulated cloud (a minute)"
	@echo "make test    everything that guards the project (minutes)"
	@echo "make slices  1,000 streams in 4 slices of an AWX job share one quota, in real time (minutes)"
	@echo "make bench   how long lists of streams take, beside the alternatives; writes docs/benchmark.md (20 minutes)"
	@echo "make chaos   thousands of random runs under faults, RUNS=2000 SEED=… (10 minutes)"
	@echo "make clean   remove what the targets made"

setup: $(VENV)/.stamp $(VIEW)

$(VENV)/.stamp: tests/requirements.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@

# Imports need the path ansible_collections/hwc/live; a link to this folder gives it.
$(VIEW):
	mkdir -p $(dir $@)
	ln -sfn ../../../.. $@

test: setup
	$(RUN)/python -m pytest

slices: setup
	HWC_LIVE_SLICED_HOSTS=1000 $(RUN)/python -m pytest tests/e2e/test_slices.py

demo: setup
	$(RUN)/python -m tests.demo

# Both measure or provoke on this machine: nothing else should run beside them.
bench: setup
	$(RUN)/python -m tests.benchmark --write

RUNS ?= 2000
chaos: setup
	PYTHONPATH=.build/src $(RUN)/python -m tests.chaos --runs $(RUNS) $(if $(SEED),--seed $(SEED))

clean:
	rm -rf .venv .build .cache .hypothesis .ansible tests/output changelogs/.plugin-cache.yaml
