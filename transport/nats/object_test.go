package nats

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express/value"
)

func TestObjects(t *testing.T) {
	nc := connect(t)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	store, err := js.CreateObjectStore(t.Context(), jetstream.ObjectStoreConfig{Bucket: "scans"})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"theirs": "text", "binary": "\xff\x00", "largest": strings.Repeat("x", value.MaxSize), "larger": strings.Repeat("x", value.MaxSize+1),
	} {
		if _, err := store.PutBytes(t.Context(), name, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	for name, body := range map[string]string{"garbled": "{", "bomb": "\xdd\xff\xff\xff\xff", "packed": "\x81\xa1n\x0e"} {
		contentType := "application/msgpack"
		if name == "garbled" {
			contentType = "application/problem+json; charset=utf-8"
		}
		meta := jetstream.ObjectMeta{Name: name, Headers: nats.Header{"content-type": {contentType}}}
		if _, err := store.Put(t.Context(), meta, strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	const (
		json = `"Headers":{"Content-Type":"application/json"}`
		text = `"Headers":{"Content-Type":"text/plain; charset=utf-8"}`
	)
	for _, s := range []step{
		{"get", `{"Name": "a"}`, "The bucket scans has no such object", "Nats.ObjectNotFound"},
		{"put", `{"Name": "a", "Data": {"n": [1.0]}}`, `{"Name":"a","Size":11}`, ""},
		{"get", `{"Name": "a"}`, `{"Name":"a","Size":11,` + json + `,"Data":{"n":[1.0]}}`, ""},
		{"put", `{"Name": "a", "Data": "größer"}`, `{"Name":"a","Size":8}`, ""},
		{"get", `{"Name": "a"}`, `{"Name":"a","Size":8,` + text + `,"Data":"größer"}`, ""},
		{"put", `{"Name": "a", "Data": ""}`, `{"Name":"a","Size":0}`, ""},
		{"get", `{"Name": "a"}`, `{"Name":"a","Size":0,` + text + `,"Data":""}`, ""},
		{"put", `{"Name": "a", "Data": null}`, `{"Name":"a","Size":4}`, ""},
		{"get", `{"Name": "a"}`, `{"Name":"a","Size":4,` + json + `,"Data":null}`, ""},
		{"put", `{"Name": "a", "Data": "[1]", "Headers": {"content-type": "application/json", "X-Room": "r"}}`, `{"Name":"a","Size":3}`, ""},
		{"get", `{"Name": "a"}`, `{"Name":"a","Size":3,"Headers":{"X-Room":"r","content-type":"application/json"},"Data":[1]}`, ""},
		{"put", `{"Name": "x/> *.\u0000ä", "Data": 7}`, `{"Name":"x/> *.\u0000ä","Size":1}`, ""},
		{"get", `{"Name": "x/> *.\u0000ä"}`, `{"Name":"x/> *.\u0000ä","Size":1,` + json + `,"Data":7}`, ""},
		{"get", `{"Name": "theirs"}`, `{"Name":"theirs","Size":4,"Headers":{},"Data":"text"}`, ""},
		{"get", `{"Name": "packed"}`, `{"Name":"packed","Size":4,"Headers":{"content-type":"application/msgpack"},"Data":{"n":14}}`, ""},
		{"get", `{"Name": "binary"}`, "What the bucket scans holds is neither text", "Nats.InvalidValue"},
		{"get", `{"Name": "garbled"}`, "What the bucket scans holds is no acceptable JSON", "Nats.InvalidValue"},
		{"get", `{"Name": "bomb"}`, "What the bucket scans holds is no acceptable JSON", "Nats.InvalidValue"},
		{"get", `{"Name": "largest"}`, `{"Name":"largest","Size":262144,"Headers":{},"Data":"` + strings.Repeat("x", value.MaxSize) + `"}`, ""},
		{"get", `{"Name": "larger"}`, "The state/task 'nats' returned a result with a size exceeding", "States.DataLimitExceeded"},
		{"get", `{}`, refusedBegins + "The field 'Name' is required but was missing]", "States.Runtime"},
		{"get", `{"Name": ""}`, refusedBegins + "The value of the field 'Name' has an invalid format]", "States.Runtime"},
		{"get", `{"Name": "` + strings.Repeat("n", maxName) + `"}`, "The bucket scans has no such object", "Nats.ObjectNotFound"},
		{"get", `{"Name": "` + strings.Repeat("n", maxName+1) + `"}`, refusedBegins + "The value of the field 'Name' has an invalid format]", "States.Runtime"},
		{"put", `{"Name": "a"}`, refusedBegins + "The field 'Data' is required but was missing]", "States.Runtime"},
		{"put", `{"Name": "a", "Data": 1, "Headers": []}`, refusedBegins + "The value of the field 'Headers' has an invalid format]", "States.Runtime"},
		{"put", `{"Name": "a", "Data": 1, "Headers": {"A": 1}}`, refusedBegins + "The value of the field 'Headers' has an invalid format]", "States.Runtime"},
		{"put", `{"Name": "a", "Data": 1, "Headers": {"Nats-Rollup": "all"}}`, refusedBegins + "The value of the field 'Headers' has an invalid format]", "States.Runtime"},
		{"put", `{"Name": "a", "Data": 1, "Headers": {"A": "b\r\nc"}}`, refusedBegins + "The value of the field 'Headers' has an invalid format]", "States.Runtime"},
	} {
		v, err := invoke(t, nc, "nats:object:"+s.action+":scans", s.args)
		t.Run(s.action+" "+s.args, func(t *testing.T) {
			if err == nil {
				sum, _ := v.Get("Digest")
				if !strings.HasPrefix(sum.Text(), "SHA-256=") {
					t.Errorf("the digest is %s", sum)
				}
				when, _ := v.Get("Modified")
				recent(t, when)
				v = without(v, "Digest", "Modified")
			}
			expect(t, v, err, s.want, s.name)
		})
	}
	v, err := invoke(t, nc, "nats:object:get:nowhere", `{"Name": "a"}`)
	expect(t, v, err, "There is no bucket nowhere", ErrNoBucket)
}

// without is the object v without these members.
func without(v value.Value, keys ...string) value.Value {
	var left []value.Member
	for key, val := range v.Members() {
		if !slices.Contains(keys, key) {
			left = append(left, value.Member{Key: key, Val: val})
		}
	}
	return value.Object(left...)
}
