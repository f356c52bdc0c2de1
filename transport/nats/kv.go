package nats

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// keyValueTasks are those of a bucket of keys and values. A value is JSON.
var keyValueTasks = []struct {
	kind   string // after kindsOfKeys
	fields []field
	do     func(context.Context, jetstream.KeyValue, *express.Call) (value.Value, error)
}{
	{"get", []field{{"Key", true, isKey}}, getKey},
	{"put", []field{{"Key", true, isKey}, {"Value", true, nil}}, putKey},
	{"update", []field{{"Key", true, isKey}, {"Value", true, nil}, {"Revision", true, isRevision}}, updateKey},
	{"delete", []field{{"Key", true, isKey}, {"Revision", false, isRevision}}, deleteKey},
}

// keyValueInvokers perform them, by kind.
func keyValueInvokers(js jetstream.JetStream) map[string]express.Invoker {
	all := make(map[string]express.Invoker)
	opened := &buckets[jetstream.KeyValue]{open: js.KeyValue}
	for _, t := range keyValueTasks {
		all[kindsOfKeys+t.kind] = &bucketTask[jetstream.KeyValue]{opened, t.fields, t.do}
	}
	return all
}

// getKey yields {"Key", "Value", "Revision", "Created"}: what the key has now.
func getKey(ctx context.Context, kv jetstream.KeyValue, c *express.Call) (value.Value, error) {
	key := text(c.Input, "Key")
	e, err := kv.Get(ctx, encodeKey(key))
	if err != nil {
		return value.Value{}, err
	}
	v, err := transport.Decode("", e.Value())
	switch {
	case errors.Is(err, transport.ErrTooLarge):
		return value.Value{}, transport.TooLarge(c)
	case err != nil:
		return value.Value{}, errNotJSON
	}
	return value.Object(
		value.Member{Key: "Key", Val: value.String(key)},
		value.Member{Key: "Value", Val: v},
		value.Member{Key: "Revision", Val: value.Int(int64(e.Revision()))},
		value.Member{Key: "Created", Val: timeOf(e.Created())},
	), nil
}

// putKey sets the key, whatever it has, and yields {"Revision"}.
func putKey(ctx context.Context, kv jetstream.KeyValue, c *express.Call) (value.Value, error) {
	revision, err := kv.Put(ctx, keyOf(c), valueOf(c))
	return revisionOf(revision), err
}

// updateKey sets the key if its revision is the one given, where 0 is that of a
// key that is not there, and yields {"Revision"}.
func updateKey(ctx context.Context, kv jetstream.KeyValue, c *express.Call) (value.Value, error) {
	if expected := expectedRevision(c); expected > 0 {
		revision, err := kv.Update(ctx, keyOf(c), valueOf(c), expected)
		return revisionOf(revision), err
	}
	revision, err := kv.Create(ctx, keyOf(c), valueOf(c))
	return revisionOf(revision), err
}

// deleteKey deletes the key, if its revision is the one given where one is, and
// yields {}. A key that is not there can be deleted.
func deleteKey(ctx context.Context, kv jetstream.KeyValue, c *express.Call) (value.Value, error) {
	var conditions []jetstream.KVDeleteOpt
	if expected := expectedRevision(c); expected > 0 {
		conditions = append(conditions, jetstream.LastRevision(expected))
	}
	return value.Object(), kv.Delete(ctx, keyOf(c), conditions...)
}

func keyOf(c *express.Call) string { return encodeKey(text(c.Input, "Key")) }

// valueOf is the JSON of the argument Value.
func valueOf(c *express.Call) []byte {
	v, _ := c.Input.Get("Value")
	return v.AppendJSON(make([]byte, 0, v.Size()))
}

func expectedRevision(c *express.Call) uint64 {
	v, _ := c.Input.Get("Revision")
	n, _ := v.Int()
	return uint64(n)
}

func revisionOf(revision uint64) value.Value {
	return value.Object(value.Member{Key: "Revision", Val: value.Int(int64(revision))})
}

func timeOf(t time.Time) value.Value { return value.String(t.UTC().Format(time.RFC3339Nano)) }
