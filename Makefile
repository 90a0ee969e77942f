# Rehearsal's commands. Every target makes its own environment (.venv) first; nothing else is needed but Python and make.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
READY    := $(VENV)/.ready
REHEARSE := $(BIN)/rehearse

SYSTEM   ?= payments
NAME     ?=
USER_ID  ?= user_test_001
AMOUNT   ?= 50.00
CURRENCY ?= USD
ORDER_ID ?=
ID       ?=
ARGS     ?=

# ---- set-up ---------------------------------------------------------------------------------------------------------

$(READY): pyproject.toml requirements.lock
	@echo "making $(VENV) from requirements.lock"
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV) && \
	  VIRTUAL_ENV="$(CURDIR)/$(VENV)" uv pip install --quiet --require-hashes -r requirements.lock && \
	  VIRTUAL_ENV="$(CURDIR)/$(VENV)" uv pip install --quiet --no-deps --editable . ; \
	else \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])' && \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . ; \
	fi
	@touch $(READY)

.PHONY: setup init build-all build-lambda sam-build validate-template
setup: $(READY)  ## Make the environment (.venv) from the lock file; every other command does it when needed
init: setup start-local deploy-local  ## Start, deploy payments, and give user_test_001 a wallet with 1000.00
	@$(REHEARSE) wallet open $(USER_ID) 1000.00 --currency USD
build-all: setup  ## Package every function of every system with its dependencies (cached by content)
	@$(REHEARSE) build
build-lambda: setup  ## Package one function: NAME=wallet-service
	@$(REHEARSE) build --function "$(or $(NAME),$(error NAME is missing, e.g. make build-lambda NAME=wallet-service))"
sam-build: build-all  ## The old name of build-all: the SAM CLI is not needed, `rehearse build` packages from the same template
validate-template: setup  ## Check the templates with cfn-lint and translate them from SAM
	@$(REHEARSE) validate

# ---- the local cloud -------------------------------------------------------------------------------------------------

.PHONY: start-local start-localstack start-gateway deploy-local deploy-stepfunction create-tables stop-all clean \
  shell-localstack logs-lambda logs-stepfunction monitor status doctor
start-local: setup  ## Bring the local cloud up: AWS on 4566, payments API on 3001, booking API on 3002, gateway on 3000; TARGET=docker
	@$(REHEARSE) up $(if $(TARGET),--target $(TARGET))
start-localstack: start-local  ## The old name of start-local: the embedded cloud answers on LocalStack's port
start-gateway: setup  ## Run the card gateway alone, in the foreground, on port 3000
	@$(BIN)/python -m mock_gateway
deploy-local: setup  ## Deploy a system from its SAM template: SYSTEM=booking (default: payments)
	@$(REHEARSE) deploy $(SYSTEM)
deploy-stepfunction: deploy-local  ## The state machine is part of the system's template: deploys (or updates) that
create-tables: deploy-local  ## The tables are part of the system's template: deploys (or updates) that
status: setup  ## Say how the local cloud is
	@$(REHEARSE) status
doctor: setup  ## Say what the local cloud guarantees
	@$(REHEARSE) doctor
shell-localstack: setup  ## Open a shell in which the AWS CLI talks to the local cloud
	@$(REHEARSE) shell
logs-lambda: setup  ## Show a function's log: NAME=wallet-service
	@$(REHEARSE) logs --function "$(or $(NAME),$(error NAME is missing, e.g. make logs-lambda NAME=wallet-service))"
logs-stepfunction: setup  ## Show the last three executions, state by state
	@$(REHEARSE) monitor --last 3 --states
monitor: setup  ## List the recent executions, or follow one: ID=pay-7f3a, or ID=--next for the next that anybody starts
	@$(REHEARSE) monitor $(ID)
stop-all: setup  ## Take the local cloud down; nothing of it stays
	@$(REHEARSE) down
clean:  ## Take the local cloud down and remove the environment, caches and artifacts
	@[ ! -x $(REHEARSE) ] || $(REHEARSE) down
	@rm -rf $(VENV) artifacts build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- try payments ----------------------------------------------------------------------------------------------------

.PHONY: test-payment test-payment-small test-payment-large test-payment-fail test-payment-custom test-curl-wallet-credit \
  test-check-wallet-balance test-circuit-breaker test-lambda-local ready
ready: setup
	@$(REHEARSE) up --quiet
	@$(REHEARSE) deploy payments --quiet
	@$(REHEARSE) wallet open $(USER_ID) 1000.00 --currency $(CURRENCY) --quiet
test-payment: ready  ## Pay 50 USD and show it state by state
	@$(REHEARSE) pay $(USER_ID) 50.00
test-payment-small: ready  ## Pay 10 USD
	@$(REHEARSE) pay $(USER_ID) 10.00
test-payment-large: ready  ## Pay 500 USD
	@$(REHEARSE) pay $(USER_ID) 500.00
test-payment-fail: ready  ## Pay 5000 USD from a wallet that holds less: the payment fails, nothing is debited
	@$(REHEARSE) pay $(USER_ID) 5000.00 --expect FAILED
test-payment-custom: ready  ## Pay as you say: USER_ID= AMOUNT= CURRENCY= ORDER_ID=
	@$(REHEARSE) pay $(USER_ID) $(AMOUNT) --currency $(CURRENCY) $(if $(ORDER_ID),--order-id $(ORDER_ID))
test-curl-wallet-credit: ready  ## Top a wallet up by 1000, with curl
	@eval "$$($(REHEARSE) env)" && curl --fail-with-body --silent --show-error -X POST \
	  "$$PAYMENTS_API_URL/wallets/$(USER_ID)/credits" -H "x-api-key: $$PAYMENTS_API_KEY" \
	  -H 'content-type: application/json' -d '{"amount": "1000.00", "currency": "$(CURRENCY)"}' && echo
test-check-wallet-balance: ready  ## Show a wallet's balance
	@$(REHEARSE) wallet show $(USER_ID)
test-circuit-breaker: setup  ## Open, half-open and close the circuit breaker (its scenario, in an own cloud)
	@$(BIN)/python -m pytest scenarios/payments -k breaker -p no:randomly $(ARGS)
test-lambda-local: ready  ## Invoke one function with a sample event: NAME=wallet-service
	@$(REHEARSE) invoke "$(or $(NAME),wallet-service)"

# ---- tests -----------------------------------------------------------------------------------------------------------

.PHONY: test test-e2e test-faults test-slow load load-distributed plan report pictures lint types layers check bench bench-docker parity \
  conformance conformance-units aws-errors lock
# On docker, LocalStack and its functions take what two workers give; a second style of the gateway is one more cloud.
WORKERS  ?= $(if $(filter docker,$(TARGET)),2,4)
GATEWAY  ?= $(if $(filter docker,$(TARGET)),plain,both)
# One system's scenarios when SYSTEM= is said, else all. Those marked `alone` limit whole tables or move everybody's
# clock, so they get a cloud of their own; a second style of the gateway is told to those marked `money` alone.
ON        = $(if $(TARGET),--rehearsal-target $(TARGET)) $(if $(INSTANCE),--rehearsal-instance $(INSTANCE))
PLACES    = $(or $(SCENARIOS),$(if $(filter file,$(origin SYSTEM)),scenarios,scenarios/$(SYSTEM)))
GATEWAYS  = $(if $(filter both,$(GATEWAY)),plain stripe,$(GATEWAY))
test: setup  ## The fast tests
	@$(BIN)/python -m pytest -n $(or $(WORKERS),auto) -m "not slow" $(ARGS)
test-e2e: setup  ## The end-to-end scenarios, on clouds of their own: SYSTEM=booking, GATEWAY=plain, stripe or both, TARGET=docker
	@trap 'exit 130' INT; failed=; ran=; chosen="not alone"; \
	run() { echo "$$1"; shift; $(BIN)/python -m pytest $(PLACES) $(ON) "$$@" $(ARGS); code=$$?; \
	  [ $$code -eq 5 ] || ran=yes; [ $$code -eq 0 ] || [ $$code -eq 5 ] || failed+=" $$gateway"; }; \
	for gateway in $(GATEWAYS); do \
	  run "scenarios with a $$gateway gateway" -m "$$chosen" -n $(or $(WORKERS),4) --dist worksteal --rehearsal-gateway $$gateway; \
	  chosen="money and not alone"; \
	done; \
	gateway=$(firstword $(GATEWAYS)); \
	run "scenarios that need a cloud of their own" -m alone --rehearsal-gateway $$gateway; \
	[ -n "$$ran" ] || { echo "no scenario was chosen by: $(PLACES) $(ARGS)"; exit 1; }; \
	[ -z "$$failed" ] || { echo "scenarios failed with gateway:$$failed"; exit 1; }
# What is said here is handed on; what is not, the story knows best.
LOAD      = $(BIN)/python -m loadtests $(STORY) $(foreach option,$(LOAD_OPTIONS),$(if $($(option)),--$(LOAD_FLAG_$(option)) "$($(option))")) \
  $(if $(YES),--yes) $(ARGS)
LOAD_OPTIONS := TARGET USERS RATE FOR KEYS SHARDS SHAPE REGION SPEND_CAP TRACE SPEED WEB_PORT
LOAD_FLAG_TARGET := target
LOAD_FLAG_USERS := users
LOAD_FLAG_RATE := rate
LOAD_FLAG_FOR := for
LOAD_FLAG_KEYS := keys
LOAD_FLAG_SHARDS := shards
LOAD_FLAG_SHAPE := shape
LOAD_FLAG_REGION := region
LOAD_FLAG_SPEND_CAP := spend-cap
LOAD_FLAG_TRACE := trace
LOAD_FLAG_SPEED := speed
LOAD_FLAG_WEB_PORT := web-port
load: setup  ## Load a cloud of its own until partitions heat up: STORY= USERS= RATE= FOR= KEYS= SHARDS= SHAPE= TARGET=
	@$(LOAD)
load-distributed: setup  ## The same by Locust's master and WORKERS=n
	@$(LOAD) --workers $(WORKERS)
plan: setup  ## Say whether payments hold at the growth plan's traffic, and what a month costs
	@$(REHEARSE) plan $(ARGS)
test-faults: setup  ## Random faults of gateway and AWS against payments, as many as you like: STORIES=200 GATEWAY=plain, stripe or both
	@$(MAKE) --no-print-directory test-e2e SCENARIOS="scenarios/payments/test_random_faults.py scenarios/payments/test_random_aws_faults.py" ARGS="--stories $(or $(STORIES),200) $(ARGS)"
test-slow: setup  ## The tests that start whole clouds: life cycle, kill -9, conformance, somebody else's templates
	@$(BIN)/python -m pytest -n 2 -m slow $(ARGS)
lint: setup  ## Check style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
types: setup  ## Check types
	@$(BIN)/mypy && $(BIN)/mypy -p groundwork -p payments -p booking
layers: setup  ## Check which part imports which
	@PYTHONPATH="$(CURDIR):$(CURDIR)/systems/groundwork/python:$(CURDIR)/systems/payments/src:$(CURDIR)/systems/booking/src" $(BIN)/lint-imports
check: lint types layers test  ## Everything quick
report: setup  ## Write the page of the last run again, or of RUN=…
	@$(REHEARSE) report $(RUN)
pictures: setup  ## Take the documentation's pictures anew, of RUN=artifacts/… (needs Chromium)
	@$(BIN)/python -m docs.pictures.monitor
	@$(BIN)/python -m docs.pictures.admin_page
	@$(BIN)/python -m docs.pictures.heat
	@$(BIN)/python -m docs.pictures.report "$(or $(RUN),$(error RUN is missing, e.g. make pictures RUN=artifacts/20260101-120000))"
bench: setup  ## Measure, and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks $(ARGS)
bench-docker: setup  ## Measure the embedded target beside the docker one, and write docs/benchmarks-docker.md (needs Docker)
	@$(BIN)/python -m benchmarks.targets
parity: setup  ## Run the scenarios on two targets and compare what they saw: TARGETS=embedded,docker
	@$(REHEARSE) parity --targets $(or $(TARGETS),embedded,docker) $(ARGS)
conformance: setup  ## Ask every engine that can run what it guarantees, and write docs/conformance.md: ENGINES= to choose
	@$(BIN)/python -m conformance $(ARGS)
conformance-units: setup  ## Compare what thousands of operations consume on every engine with the model: docs/capacity-units.md
	@$(BIN)/python -m conformance.units $(ARGS)
aws-errors: setup  ## Make every fault in every protocol, and write what boto3 saw to docs/aws-errors.md
	@$(BIN)/python -m docs.tables.aws_errors
lock: setup  ## Write requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes pyproject.toml -o requirements.lock

.PHONY: help
help:  ## List the commands
	@grep -hE '^[a-z0-9-]+:.*  ## ' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "  %-26s %s\n", $$1, $$2}'
