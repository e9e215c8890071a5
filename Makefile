# make demo    set everything up and start SIPAS with the Tuyên Quang demo at http://127.0.0.1:8000 (PORT=9000 changes the port)
# make test    set everything up and run all tests (PYTEST_ARGS="-k slip" runs some)
# Needs python3 (3.11 or later) and nothing else; everything lands in .venv. README.md says more.
.POSIX:
# All tests, on both cores, and every branch of the statistics walked.
WHOLE = -n 2 --dist loadfile --cov=analysis --cov-fail-under=100 --cov-report=term-missing
.PHONY: setup demo serve test lint clean

setup:
	@sh .ci/setup

demo: setup
	@exec .venv/bin/sipas demo

serve: setup
	@exec .venv/bin/sipas serve

test:
	@sh .ci/setup dev
	@sh .ci/browser
	@.venv/bin/python -m pytest $(or $(PYTEST_ARGS),$(WHOLE))

lint:
	@sh .ci/setup dev
	@.venv/bin/python -m pytest tests/gates $(PYTEST_ARGS)

# Everything that make brings back. The data in ./instance stays.
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
