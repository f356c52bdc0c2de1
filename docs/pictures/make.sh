#!/bin/sh
# Makes the pictures of docs/observability.md from a run of examples/orders: make pictures.
set -eu
cd "$(dirname "$0")/../.."
pictures=docs/pictures
work=$(mktemp -d)
trap 'kill $engine 2>/dev/null || :; wait; rm -rf "$work"' EXIT

go build -o "$work/express" ./cmd/express
go build -o "$work/orders" ./examples/orders
mkdir "$work/app"
cp examples/orders/*.asl.json "$work/app"
sed 's/completion: publish/&\n    logging: {level: ALL, includeExecutionData: true}/' examples/orders/express.yaml > "$work/app/express.yaml"

: > "$work/out"
"$work/orders" -serve -dir "$work/app" > "$work/out" &
engine=$!
until grep -q '^serving at' "$work/out"; do sleep 0.1; done
server=$(sed -n 's/^serving at \(nats:[^ ]*\) .*/\1/p' "$work/out")

"$work/express" tail orders --server "$server" -o json --for 6s > "$pictures/orders.ndjson" &
tail=$!
"$work/express" top --once --interval 4s --server "$server" > "$pictures/top.txt" &
top=$!
sleep 1
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
	card=visa count=2 address='Elm Street 1'
	case $n in
	3) count=99 ;;
	6 | 9) card=empty ;;
	11) address= ;;
	esac
	"$work/express" start orders --server "$server" -i "{\"id\":\"o-$n\",\"items\":[{\"sku\":\"tea\",\"count\":$count}],\"card\":\"$card\",\"cents\":900,\"address\":\"$address\"}"
done > /dev/null
wait $tail $top

go test ./cmd/express -run TestObservabilityPage -update
