#!/usr/bin/env bash
# Counts the instructions of one call on each way of BenchmarkCall, the garbage collector aside: they hardly
# depend on what else the machine does, as times do. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
GOWORK=off go test -c -o "$scratch/benchmarks" .
export GOMAXPROCS=1 GOGC=off GODEBUG=asyncpreemptoff=1 # valgrind does not get on with preemption

# count prints how many instructions so many calls take, with all that comes before them.
count() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$scratch/benchmarks" \
		-test.run '^$' -test.bench "^BenchmarkCall\$/^way=$1\$" -test.benchtime "${2}x" 2>&1 | awk '/Collected/ { print $NF }'
}

for way in ${*:-net-http retryablehttp helpcrunch go-github gitlab-client-go godo hcloud-go openai-go tailscale-client-go}; do
	few=$(count "$way" 2000)
	many=$(count "$way" 12000)
	printf '%-20s %6d\n' "$way" $(((many - few) / 10000))
done
