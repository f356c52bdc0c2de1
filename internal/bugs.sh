#!/bin/sh
# Puts the bugs of internal/seeded into the program, one after the other, and runs
# a test that ought to find each. Prints what that test said, and fails if one of
# them found nothing.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
survived=

# bug NAME PACKAGE TEST [FLAGS]
bug() {
	name=$1 package=$2 test=$3
	shift 3
	bin=$work/$(echo "$package" | tr / _).test
	if [ ! -x "$bin" ]; then
		"${GO:-go}" test -tags bugs -c -o "$bin" "./$package" || exit 1
	fi
	(cd "$package" && EXPRESS_BUG="$name" "$bin" -test.timeout 5m -test.run "^$test\$" "$@") >"$work/out" 2>&1
	if [ $? = 0 ]; then
		survived="$survived $name"
		found="nothing"
	else
		found=$(sed -n 's/^ *[a-z_]*_test\.go:[0-9]*: //p; /^panic: /p' "$work/out" | head -1 | cut -c1-90)
	fi
	printf '%-19s %-26s %s\n' "$name" "$test" "$found"
}

# Simulations that are enough for each to have its scene.
seeds='-sim.seeds 150'

bug ack-before-publish internal/sim TestSimulation $seeds
bug deliver-new internal/sim TestSimulation $seeds
bug backoff internal/sim TestConsumer
bug lost-pull internal/sim TestSimulation $seeds
bug stop internal/sim TestStop
bug no-message-id internal/sim TestSimulation $seeds
bug double-ack internal/sim TestEndingDoesNotWait
bug beat-forever internal/sim TestSimulation $seeds
bug no-count-gate internal/sim TestSimulation $seeds
bug no-quarantine internal/sim TestSimulation $seeds
bug no-utf8 internal/sim TestSimulation $seeds
bug shared-bytes express/value TestParseOwnsItsMemory

if [ -n "$survived" ]; then
	echo "not found:$survived" >&2
	exit 1
fi
