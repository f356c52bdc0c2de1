package nats

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// objectTasks are those of a bucket of objects. An object is text, or JSON where
// its header Content-Type says so.
var objectTasks = []struct {
	kind   string // after kindsOfObjects
	fields []field
	do     func(context.Context, jetstream.ObjectStore, *express.Call) (value.Value, error)
}{
	{"get", []field{{"Name", true, isName}}, getObject},
	{"put", []field{{"Name", true, isName}, {"Data", true, nil}, {"Headers", false, isHeaders}}, putObject},
}

// maxName bounds the name of an object in bytes. It is a token of a subject, in
// base64, beside the bucket.
const maxName = 128

func isName(v value.Value) bool { return isText(v) && len(v.Text()) <= maxName }

// objectInvokers perform them, by kind.
func objectInvokers(js jetstream.JetStream) map[string]express.Invoker {
	all := make(map[string]express.Invoker)
	opened := &buckets[jetstream.ObjectStore]{open: js.ObjectStore}
	for _, t := range objectTasks {
		all[kindsOfObjects+t.kind] = &bucketTask[jetstream.ObjectStore]{opened, t.fields, t.do}
	}
	return all
}

// putObject writes an object, whatever was there, and yields {"Name", "Size",
// "Digest", "Modified"}. A string in Data is the text itself, any other value is
// written as JSON; Content-Type says which, unless Headers do.
func putObject(ctx context.Context, in jetstream.ObjectStore, c *express.Call) (value.Value, error) {
	data, _ := c.Input.Get("Data")
	given, _ := c.Input.Get("Headers")
	headers := make(nats.Header)
	for name, val := range given.Members() {
		headers[name] = []string{val.Text()}
	}
	contentType, body := transport.TypeText, []byte(data.Text())
	if data.Kind() != value.KindString {
		contentType, body = transport.TypeJSON, data.AppendJSON(make([]byte, 0, data.Size()))
	}
	if header(headers, headerContentType) == "" {
		headers[headerContentType] = []string{contentType}
	}
	info, err := in.Put(ctx, jetstream.ObjectMeta{Name: text(c.Input, "Name"), Headers: headers}, bytes.NewReader(body))
	if err != nil {
		return value.Value{}, err
	}
	return value.Object(described(info)...), nil
}

// getObject yields {"Name", "Size", "Digest", "Modified", "Headers", "Data"}.
func getObject(ctx context.Context, in jetstream.ObjectStore, c *express.Call) (value.Value, error) {
	object, err := in.Get(ctx, text(c.Input, "Name"))
	if err != nil {
		return value.Value{}, err
	}
	defer object.Close()
	info, err := object.Info()
	if err != nil {
		return value.Value{}, err
	}
	if info.Size > value.MaxSize {
		return value.Value{}, transport.TooLarge(c)
	}
	body, err := io.ReadAll(object)
	if err != nil {
		return value.Value{}, err
	}
	data, err := contents(header(info.Headers, headerContentType), body)
	if errors.Is(err, transport.ErrTooLarge) {
		return value.Value{}, transport.TooLarge(c)
	} else if err != nil {
		return value.Value{}, err
	}
	var headers []value.Member
	for _, name := range slices.Sorted(maps.Keys(info.Headers)) {
		headers = append(headers, value.Member{Key: name, Val: value.String(strings.Join(info.Headers[name], ", "))})
	}
	return value.Object(append(described(info),
		value.Member{Key: "Headers", Val: value.Object(headers...)},
		value.Member{Key: "Data", Val: data},
	)...), nil
}

// described is what is said of an object beside its data.
func described(info *jetstream.ObjectInfo) []value.Member {
	return []value.Member{
		{Key: "Name", Val: value.String(info.Name)},
		{Key: "Size", Val: value.Int(int64(info.Size))},
		{Key: "Digest", Val: value.String(info.Digest)},
		{Key: "Modified", Val: timeOf(info.ModTime)},
	}
}

// contents is the value of an object's body: what its type says, else the text.
func contents(contentType string, body []byte) (value.Value, error) {
	if isJSON(contentType) || transport.IsMsgPack(contentType) {
		v, err := transport.Decode(contentType, body)
		if err != nil && !errors.Is(err, transport.ErrTooLarge) {
			err = errNotJSON
		}
		return v, err
	}
	if !utf8.Valid(body) {
		return value.Value{}, errNotText
	}
	return value.String(string(body)), nil
}

// isJSON reports whether contentType is application/json, or of the form
// application/problem+json.
func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == transport.TypeJSON || strings.HasSuffix(media, "+json")
}
