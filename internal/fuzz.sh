#!/bin/sh
# Runs every fuzz target of the module, one after the other, each for the time
# that the first argument gives (30s). What fails is reported at the end.
set -u
time=${1:-30s}
cd "$(dirname "$0")/.." || exit 1
failed=
for file in $(grep -rl '^func Fuzz' --include='*_test.go' . | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		package=$(dirname "$file")
		echo "$package $target"
		"${GO:-go}" test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x ||
			failed="$failed $package.$target"
	done
done
if [ -n "$failed" ]; then
	echo "failed:$failed" >&2
	exit 1
fi
