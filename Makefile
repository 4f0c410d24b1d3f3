# Two commands do everything: `make demo` and `make test`. See README.md.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python

.PHONY: help setup lab demo test lint unit e2e docs lab-down clean

help: ## Show the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready ## Make the virtual environment (installs Python's venv on a bare Debian)

.venv/.ready: pyproject.toml scripts/setup
	@scripts/setup

lab: setup ## Make sure of an engine, a registry and the base images
	@lab/lab up

demo: setup ## Optimize and prove the KeneyApp example; prints the table and the report's path
	@scripts/demo

test: setup ## Everything: style, types, architecture, unit, property and end-to-end tests
	@scripts/test

lint: setup ## Style, types and architecture only
	@scripts/test lint

unit: setup ## The tests that need no engine
	@scripts/test unit

e2e: setup ## The tests on a real engine
	@scripts/test e2e

lab-down: ## Stop what the lab started
	@lab/lab down

clean: ## Remove build output
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
