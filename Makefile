# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every target sets itself up, in folders that git ignores: .venv (tools), .build (views and builds), .cache.

PYTHON ?= python3.11
VENV := .venv
VIEW := .build/src/ansible_collections/hwc/live
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin

.PHONY: help setup test demo clean

help:
	@echo "make demo    see the collection at work against a simulated cloud (a minute)"
	@echo "make test    everything that guards the project (minutes)"
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

demo: setup
	$(RUN)/python -m tests.demo

clean:
	rm -rf .venv .build .cache .hypothesis .ansible tests/output changelogs/.plugin-cache.yaml
