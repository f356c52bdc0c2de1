package nats

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express/value"
)

const refusedBegins = "The Parameters could not be used to start the Task: ["

// A step is a task of a bucket, and its result without what differs from run to
// run, or its error.
type step struct{ action, args, want, name string }

func TestKeyValue(t *testing.T) {
	nc := connect(t)
	kv := bucket(t, nc, jetstream.KeyValueConfig{Bucket: "stock"})
	if _, err := kv.Put(t.Context(), "text", []byte("on")); err != nil { // 1
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "nothing", nil); err != nil { // 2
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "large", make([]byte, value.MaxSize+1)); err != nil { // 3
		t.Fatal(err)
	}
	for _, s := range []step{
		{"get", `{"Key": "apples"}`, "The bucket stock has no such key", "Nats.KeyNotFound"},
		{"put", `{"Key": "apples", "Value": {"n": 1.0}}`, `{"Revision":4}`, ""},
		{"get", `{"Key": "apples"}`, `{"Key":"apples","Value":{"n":1.0},"Revision":4}`, ""},
		{"update", `{"Key": "apples", "Value": 2, "Revision": 4}`, `{"Revision":5}`, ""},
		{"update", `{"Key": "apples", "Value": 3, "Revision": 4}`, "The key in the bucket stock has another revision", "Nats.WrongRevision"},
		{"update", `{"Key": "apples", "Value": 3, "Revision": 0}`, "The key is in the bucket stock already", "Nats.WrongRevision"},
		{"update", `{"Key": "pears", "Value": 1, "Revision": 7}`, "The key in the bucket stock has another revision", "Nats.WrongRevision"},
		{"update", `{"Key": "pears", "Value": 1, "Revision": 0}`, `{"Revision":6}`, ""},
		{"delete", `{"Key": "apples", "Revision": 4}`, "The key in the bucket stock has another revision", "Nats.WrongRevision"},
		{"delete", `{"Key": "apples", "Revision": 5}`, `{}`, ""},
		{"get", `{"Key": "apples"}`, "The bucket stock has no such key", "Nats.KeyNotFound"},
		{"update", `{"Key": "apples", "Value": null, "Revision": 0}`, `{"Revision":8}`, ""}, // it was deleted
		{"get", `{"Key": "apples"}`, `{"Key":"apples","Value":null,"Revision":8}`, ""},
		{"delete", `{"Key": "apples"}`, `{}`, ""},
		{"delete", `{"Key": "nowhere"}`, `{}`, ""},
		{"put", `{"Key": "a key.> * =\u0000ä.", "Value": [1]}`, `{"Revision":11}`, ""},
		{"get", `{"Key": "a key.> * =\u0000ä."}`, `{"Key":"a key.> * =\u0000ä.","Value":[1],"Revision":11}`, ""},
		{"get", `{"Key": "text"}`, "What the bucket stock holds is no acceptable JSON", "Nats.InvalidValue"},
		{"get", `{"Key": "nothing"}`, `{"Key":"nothing","Value":null,"Revision":2}`, ""},
		{"get", `{"Key": "large"}`, "The state/task 'nats' returned a result with a size exceeding", "States.DataLimitExceeded"},
		{"get", `{}`, refusedBegins + "The field 'Key' is required but was missing]", "States.Runtime"},
		{"get", `"apples"`, refusedBegins + "The arguments are of type string and not an object]", "States.Runtime"},
		{"get", `{"Key": ""}`, refusedBegins + "The value of the field 'Key' has an invalid format]", "States.Runtime"},
		{"get", `{"Key": 7}`, refusedBegins + "The value of the field 'Key' has an invalid format]", "States.Runtime"},
		{"delete", `{"Key": "apples", "Revison": 5}`, refusedBegins + "There are other fields than Key, Revision]", "States.Runtime"},
		{"put", `{"Key": "apples"}`, refusedBegins + "The field 'Value' is required but was missing]", "States.Runtime"},
		{"update", `{"Key": "apples", "Value": 1}`, refusedBegins + "The field 'Revision' is required but was missing]", "States.Runtime"},
		{"update", `{"Key": "apples", "Value": 1, "Revision": -1}`, refusedBegins + "The value of the field 'Revision' has an invalid format]", "States.Runtime"},
		{"delete", `{"Key": "apples", "Revision": 1.5}`, refusedBegins + "The value of the field 'Revision' has an invalid format]", "States.Runtime"},
	} {
		v, err := invoke(t, nc, "nats:kv:"+s.action+":stock", s.args)
		if created, ok := v.Get("Created"); ok {
			recent(t, created)
			v = without(v, "Created")
		}
		t.Run(s.action+" "+s.args, func(t *testing.T) { expect(t, v, err, s.want, s.name) })
	}
	v, err := invoke(t, nc, "nats:kv:get:nowhere", `{"Key": "apples"}`)
	expect(t, v, err, "", ErrNoBucket)
}

// bucket makes a bucket of keys and values.
func bucket(t *testing.T, nc *nats.Conn, c jetstream.KeyValueConfig) jetstream.KeyValue {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.CreateKeyValue(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

// recent fails unless v is a time not long ago.
func recent(t *testing.T, v value.Value) {
	t.Helper()
	if when, err := time.Parse(time.RFC3339Nano, v.Text()); err != nil || time.Since(when).Abs() > time.Hour {
		t.Errorf("the time is %s (%v)", v, err)
	}
}

// A bucket that is deleted while it is in use is missed, and found when it is
// there again.
func TestBucketComesBack(t *testing.T) {
	nc := connect(t)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Invokers(nc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := value.Member{Key: "Key", Val: value.String("k")}
	for range 2 {
		bucket(t, nc, jetstream.KeyValueConfig{Bucket: "stock"})
		put := value.Object(key, value.Member{Key: "Value", Val: value.Null})
		if _, err := all["nats:kv:put"].Invoke(t.Context(), exampleCall("stock", put)); err != nil {
			t.Fatal(err)
		}
		if err := js.DeleteKeyValue(t.Context(), "stock"); err != nil {
			t.Fatal(err)
		}
		for kind, args := range map[string]value.Value{"nats:kv:get": value.Object(key), "nats:kv:put": put} {
			v, err := all[kind].Invoke(t.Context(), exampleCall("stock", args))
			expect(t, v, err, "There is no bucket stock", ErrNoBucket)
		}
	}
}
