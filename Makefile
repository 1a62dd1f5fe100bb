# lockstep: the commands a person needs. Continuous integration runs `make test`, the same as you would.

SWIFT ?= swift
PREFIX ?= /usr/local
BUILD_FLAGS = --explicit-target-dependency-import-check error
# More arguments for `swift test` and `lockstep demo`: make test ARGS="--filter Sandbox", make demo ARGS=--headless
ARGS ?=

.PHONY: demo test build install format packages

## Starts four real shards under traffic and opens the console on a running migration.
demo: packages
	@$(SWIFT) build $(BUILD_FLAGS) -c release --product lockstep
	@"$$($(SWIFT) build -c release --show-bin-path)/lockstep" demo $(ARGS)

## Installs what is missing, builds, and runs every test: on MariaDB always, on MySQL where one can be had.
test: packages
	@if mysqld=$$(.ci/install-mysql); then \
	    echo "MySQL: $$mysqld"; \
	else \
	    mysqld=; \
	fi; \
	LOCKSTEP_MYSQLD="$$mysqld" $(SWIFT) test $(BUILD_FLAGS) --disable-xctest --no-parallel $(ARGS); status=$$?; \
	[ -n "$$mysqld" ] || echo "Remark: no MySQL could be had on this machine; the tests above ran on MariaDB only."; \
	exit $$status

build: packages
	@$(SWIFT) build $(BUILD_FLAGS) -c release --product lockstep

install: build
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/lockstep/themes"
	install -m 755 "$$($(SWIFT) build -c release --show-bin-path)/lockstep" "$(DESTDIR)$(PREFIX)/bin/lockstep"
	if [ -d themes ]; then install -m 644 themes/* "$(DESTDIR)$(PREFIX)/share/lockstep/themes/"; fi

format:
	$(SWIFT) format --in-place --parallel --configuration .ci/swift-format.json --recursive Package.swift Sources Tests

packages:
	@.ci/install-packages
