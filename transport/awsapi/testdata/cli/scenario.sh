#!/bin/sh
# What an operator does with the API, by the aws command: scenario.sh PORT
#
# It cannot leave out the prefix sync- of the host: the name sync-localhost has to
# lead to this machine.
set -eu

states() {
	aws --endpoint-url "http://localhost:$PORT" --output text stepfunctions "$@"
}

is() {
	if [ "$1" != "$2" ]; then
		echo "got $1, want $2" >&2
		exit 1
	fi
}

PORT=$1
role=arn:aws:iam::111111111111:role/any
definition='{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"says":"one"},"End":true}}}'

arn=$(states create-state-machine --name says --type EXPRESS --role-arn $role --definition "$definition" --query stateMachineArn)
is "$(states describe-state-machine --state-machine-arn "$arn" --query definition)" "$definition"
is "$(states list-state-machines --query 'stateMachines[].name')" says
states start-execution --state-machine-arn "$arn" --input '{}' > /dev/null
is "$(states start-sync-execution --state-machine-arn "$arn" --query '[status, output]')" "$(printf 'SUCCEEDED\t{"says":"one"}')"
if states describe-state-machine --state-machine-arn "${arn}x" 2> error.txt; then
	echo "there is no ${arn}x, and no error" >&2
	exit 1
fi
grep -q StateMachineDoesNotExist error.txt
states delete-state-machine --state-machine-arn "$arn"
is "$(states list-state-machines --query 'length(stateMachines)')" 0
echo done
