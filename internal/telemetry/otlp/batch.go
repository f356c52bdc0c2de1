package otlp

import (
	"fmt"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	// maxMessage is the most bytes of a request: what a gRPC server takes unless
	// it is told otherwise.
	maxMessage = 4 << 20
	// maxOrigin is the most bytes of the description of a process, which every
	// request repeats.
	maxOrigin = 64 << 10
	// MaxRecord is the most bytes of a record: so that two fit into a request.
	MaxRecord = 1 << 20
	// keepBatch is the most bytes of a buffer that is used again.
	keepBatch = 2 << 20
)

// grpcFrame is the size of what gRPC puts before a message: whether it is
// compressed, and its length.
const grpcFrame = 5

// Tags of the messages around the records.
const (
	tagResourceLogs = 1<<3 | byte(protowire.BytesType) // of an ExportLogsServiceRequest
	tagResource     = 1<<3 | byte(protowire.BytesType) // of ResourceLogs
	tagScopeLogs    = 2<<3 | byte(protowire.BytesType)
	tagScope        = 1<<3 | byte(protowire.BytesType) // of ScopeLogs
	tagRecord       = 2<<3 | byte(protowire.BytesType)
	tagName         = 1<<3 | byte(protowire.BytesType) // of an InstrumentationScope
	tagVersion      = 2<<3 | byte(protowire.BytesType)
	tagDescribes    = 1<<3 | byte(protowire.BytesType) // an attribute of a Resource
)

const (
	maxTag        = 1 + 5      // bytes of a tag and a length
	aroundRecords = 2 * maxTag // of ResourceLogs and ScopeLogs
	maxBatch      = maxMessage - maxOrigin - aroundRecords
)

// An Origin says what records come from.
type Origin struct {
	Resource       []attribute.KeyValue
	Scope, Version string // of the instrumentation
}

// A header is an Origin as it stands before the records of a request.
type header struct {
	resource, scope []byte
}

func newHeader(o Origin) (*header, error) {
	var resource, scope []byte
	for _, kv := range o.Resource {
		resource = appendResourceAttribute(resource, kv)
	}
	scope = protowire.AppendString(append(scope, tagName), o.Scope)
	if o.Version != "" {
		scope = protowire.AppendString(append(scope, tagVersion), o.Version)
	}
	h := &header{
		resource: protowire.AppendBytes([]byte{tagResource}, resource),
		scope:    protowire.AppendBytes([]byte{tagScope}, scope),
	}
	if n := len(h.resource) + len(h.scope); n > maxOrigin {
		return nil, fmt.Errorf("the resource's attributes take %d bytes, which is more than %d", n, maxOrigin)
	}
	return h, nil
}

// appendResourceAttribute appends kv; values that are lists are written as text.
func appendResourceAttribute(b []byte, kv attribute.KeyValue) []byte {
	key := strings.ToValidUTF8(string(kv.Key), "\uFFFD")
	switch v := kv.Value; v.Type() {
	case attribute.BOOL:
		b = appendKey(b, tagDescribes, key, 1+1)
		return protowire.AppendVarint(append(b, tagBool), protowire.EncodeBool(v.AsBool()))
	case attribute.INT64:
		n := uint64(v.AsInt64())
		b = appendKey(b, tagDescribes, key, 1+protowire.SizeVarint(n))
		return protowire.AppendVarint(append(b, tagInt), n)
	}
	text := strings.ToValidUTF8(kv.Value.String(), "\uFFFD")
	b = appendKey(b, tagDescribes, key, sizeString(len(text)))
	return protowire.AppendString(append(b, tagString), text)
}

// size is how many bytes there are room for before a batch's records.
func (h *header) size() int { return grpcFrame + aroundRecords + len(h.resource) + len(h.scope) }

// A batch is the records of one request, being collected.
type batch struct {
	buf      []byte // room for the frame and the header, then the records
	n, bytes int    // records, and their size without what stands before each
	room     int    // bytes before the records
	receipts []*Receipt
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func newBatch(room int) *batch {
	b := batches.Get().(*batch)
	b.room = room
	if cap(b.buf) < room {
		b.buf = make([]byte, room, 2*room)
	}
	b.buf = b.buf[:room]
	return b
}

// release gives b back.
func (b *batch) release() {
	clear(b.receipts)
	*b = batch{buf: b.buf[:0], receipts: b.receipts[:0]}
	if cap(b.buf) <= keepBatch {
		batches.Put(b)
	}
}

// size is how many bytes records take that are in b.
func (b *batch) size() int { return len(b.buf) - b.room }

func (b *batch) add(record []byte) {
	b.buf = protowire.AppendBytes(append(b.buf, tagRecord), record)
	b.n++
	b.bytes += len(record)
}

// records calls f with each record.
func (b *batch) records(f func(record []byte)) {
	for rest := b.buf[b.room:]; len(rest) > 0; {
		record, n := protowire.ConsumeBytes(rest[1:])
		f(record)
		rest = rest[1+n:]
	}
}

// request is b as an ExportLogsServiceRequest, behind room for gRPC's frame. It
// is part of b.
func (b *batch) request(h *header) (framed []byte) {
	logs := len(h.scope) + b.size() // of ScopeLogs
	all := len(h.resource) + 1 + protowire.SizeBytes(logs)
	from := b.room - len(h.resource) - len(h.scope) -
		1 - protowire.SizeVarint(uint64(all)) - 1 - protowire.SizeVarint(uint64(logs))
	p := protowire.AppendVarint(append(b.buf[:from], tagResourceLogs), uint64(all))
	p = append(p, h.resource...)
	p = protowire.AppendVarint(append(p, tagScopeLogs), uint64(logs))
	copy(b.buf[len(p):], h.scope)
	return b.buf[from-grpcFrame:]
}
