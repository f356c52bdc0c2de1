package teststate

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// readItems takes what the ItemReader of a Map state is said to have read.
func (t *test) readItems() *Error {
	data := t.configuration().MapItemReaderData
	reader := t.fields["ItemReader"]
	switch {
	case t.Mock == nil || t.kind != program.TypeMap || reader == nil && data == "":
		return nil
	case reader == nil:
		return invalid("MapItemReaderData is only supported for a Map state with an ItemReader.")
	case data == "":
		return invalid("MapItemReaderData must be specified for a Map state with an ItemReader.")
	}
	v, err := value.ParseString(data)
	if err != nil {
		return invalid("MapItemReaderData must be valid JSON")
	}
	config := parseObject(reader).object("ReaderConfig")
	if pointer := config.str("ItemsPointer"); pointer != "" {
		v = point(v, pointer)
		t.pointed = v
	}
	if v.Kind() != value.KindArray {
		return invalid("MapItemReaderData must be an array.")
	}
	if n, err := strconv.Atoi(string(config["MaxItems"])); err == nil && n > 0 {
		v = first(v, n)
	}
	t.items = v
	return nil
}

// first are the first n elements of an array.
func first(v value.Value, n int) value.Value {
	all := make([]value.Value, min(n, v.Len()))
	for i := range all {
		all[i] = v.Index(i)
	}
	return value.Array(all...)
}

// point is what a JSON pointer (RFC 6901) points at, nothing if that is not there.
func point(v value.Value, pointer string) value.Value {
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if i, err := strconv.Atoi(part); err == nil && v.Kind() == value.KindArray && i >= 0 && i < v.Len() {
			v = v.Index(i)
		} else {
			v, _ = v.Get(part)
		}
	}
	return v
}

// batch makes the inputs of an ItemBatcher of the items of a Map, for show:
// iterations do not run. What it says is evaluated as the output of a Pass state,
// whose error is that of the Map.
func (t *test) batch(ctx context.Context) error {
	t.gather()
	from := items.stage
	if t.has(itemSelector.fields) {
		from = itemSelector.stage
	}
	alone := &Request{Definition: t.batcher(), RoleArn: t.RoleArn, Region: t.Region, Account: t.Account, Level: Info}
	p := &test{Request: alone, input: t.input, variables: t.variables, context: t.context}
	if err := p.compile(); err != nil {
		return &express.Error{Name: express.ErrRuntime, Cause: err.Message}
	}
	r, err := p.run(ctx)
	switch {
	case err != nil:
		return err
	case r.Status == Failed:
		return r.Err
	}
	t.batches = batches(t.flow.seen[from], r.Output)
	return nil
}

// batcher is the Pass state that evaluates the ItemBatcher.
func (t *test) batcher() string {
	if t.jsonata {
		return `{"Type": "Pass", "QueryLanguage": "JSONata", "Output": ` + string(t.fields["ItemBatcher"]) + `, "End": true}`
	}
	all := make(map[string]json.RawMessage)
	for name, v := range t.fields.object("ItemBatcher") {
		if path, ok := strings.CutSuffix(name, "Path"); ok {
			name = path + ".$"
		}
		all[name] = v
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // it was read as JSON
	}
	state := `{"Type": "Pass", "Parameters": ` + string(text)
	if path := t.fields["InputPath"]; path != nil {
		state += `, "InputPath": ` + string(path)
	}
	return state + `, "End": true}`
}

// batches puts items together as an evaluated ItemBatcher says: at most so many in
// a batch, and so many bytes.
func batches(items, batcher value.Value) value.Value {
	most := limit(batcher, "MaxItemsPerBatch", items.Len())
	bytes := limit(batcher, "MaxInputBytesPerBatch", express.DefaultPayload)
	common, shared := batcher.Get("BatchInput")
	var all, batch []value.Value
	size := common.Size()
	end := func() {
		b := value.Object(value.Member{Key: "Items", Val: value.Array(batch...)})
		if shared {
			b = b.With("BatchInput", common)
		}
		all, batch, size = append(all, b), nil, common.Size()
	}
	for _, v := range items.Elements() {
		if len(batch) == most || len(batch) > 0 && size+v.Size() > bytes {
			end()
		}
		batch, size = append(batch, v), size+v.Size()
	}
	if len(batch) > 0 {
		end()
	}
	return value.Array(all...)
}

// limit is the number in a field, or none if there is no sensible one.
func limit(v value.Value, field string, none int) int {
	n, _ := v.Get(field)
	if i, ok := n.Int(); ok && i > 0 {
		return int(i)
	}
	return none
}
