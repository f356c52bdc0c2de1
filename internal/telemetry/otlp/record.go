package otlp

import (
	"encoding/binary"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of a LogRecord, opentelemetry/proto/logs/v1/logs.proto, as the tags
// that stand before them.
const (
	tagTime         = 1<<3 | byte(protowire.Fixed64Type)
	tagSeverity     = 2<<3 | byte(protowire.VarintType)
	tagBody         = 5<<3 | byte(protowire.BytesType)
	tagAttribute    = 6<<3 | byte(protowire.BytesType)
	tagDropped      = 7<<3 | byte(protowire.VarintType)
	tagFlags        = 8<<3 | byte(protowire.Fixed32Type)
	tagTraceID      = 9<<3 | byte(protowire.BytesType)
	tagSpanID       = 10<<3 | byte(protowire.BytesType)
	tagObservedTime = 11<<3 | byte(protowire.Fixed64Type)
	tagEventName    = 12<<3 | byte(protowire.BytesType)
)

// Fields of a KeyValue and kinds of an AnyValue, common.proto.
const (
	tagKey    = 1<<3 | byte(protowire.BytesType)
	tagValue  = 2<<3 | byte(protowire.BytesType)
	tagString = 1<<3 | byte(protowire.BytesType)
	tagBool   = 2<<3 | byte(protowire.VarintType)
	tagInt    = 3<<3 | byte(protowire.VarintType)
	tagDouble = 4<<3 | byte(protowire.Fixed64Type)
)

// Numbers of severities.
const (
	Info  = 9
	Warn  = 13
	Error = 17
)

// AppendTime appends when the event of a record happened, which is when it was
// observed.
func AppendTime(b []byte, t time.Time) []byte {
	ns := uint64(t.UnixNano())
	b = binary.LittleEndian.AppendUint64(append(b, tagTime), ns)
	return binary.LittleEndian.AppendUint64(append(b, tagObservedTime), ns)
}

// AppendSeverity appends the number of a severity.
func AppendSeverity(b []byte, n int) []byte {
	return appendVarint(append(b, tagSeverity), uint64(n))
}

// AppendEventName appends the name of a record's event.
func AppendEventName(b []byte, name string) []byte {
	return protowire.AppendString(append(b, tagEventName), name)
}

// AppendBody appends a body that is a string.
func AppendBody(b []byte, s string) []byte {
	b = appendVarint(append(b, tagBody), uint64(sizeString(len(s))))
	return protowire.AppendString(append(b, tagString), s)
}

// AppendSpan appends the span that a record belongs to; flags are those of W3C
// trace context.
func AppendSpan(b []byte, trace [16]byte, span [8]byte, flags byte) []byte {
	b = protowire.AppendBytes(append(b, tagTraceID), trace[:])
	b = protowire.AppendBytes(append(b, tagSpanID), span[:])
	return binary.LittleEndian.AppendUint32(append(b, tagFlags), uint32(flags))
}

// AppendDropped appends how many attributes a record lacks.
func AppendDropped(b []byte, n int) []byte {
	return appendVarint(append(b, tagDropped), uint64(n))
}

// AppendString appends an attribute. Its text must be UTF-8.
func AppendString[T string | []byte](b []byte, key string, text T) []byte {
	b = appendKey(b, tagAttribute, key, sizeString(len(text)))
	b = appendVarint(append(b, tagString), uint64(len(text)))
	return append(b, text...)
}

// AppendInt appends an attribute.
func AppendInt(b []byte, key string, n int64) []byte {
	b = appendKey(b, tagAttribute, key, 1+protowire.SizeVarint(uint64(n)))
	return appendVarint(append(b, tagInt), uint64(n))
}

// AppendDouble appends an attribute.
func AppendDouble(b []byte, key string, f float64) []byte {
	b = appendKey(b, tagAttribute, key, 1+8)
	return binary.LittleEndian.AppendUint64(append(b, tagDouble), math.Float64bits(f))
}

// AppendBool appends an attribute.
func AppendBool(b []byte, key string, v bool) []byte {
	b = appendKey(b, tagAttribute, key, 1+1)
	return appendVarint(append(b, tagBool), protowire.EncodeBool(v))
}

// sizeString is the size of an AnyValue that is a string of n bytes.
func sizeString(n int) int { return 1 + protowire.SizeBytes(n) }

// appendKey appends a KeyValue as the field of this tag, up to its AnyValue,
// whose size is n.
func appendKey(b []byte, tag byte, key string, n int) []byte {
	size := 1 + protowire.SizeBytes(len(key)) + 1 + protowire.SizeBytes(n)
	b = appendVarint(append(b, tag), uint64(size))
	b = appendVarint(append(b, tagKey), uint64(len(key)))
	b = append(b, key...)
	return appendVarint(append(b, tagValue), uint64(n))
}

// appendVarint is protowire.AppendVarint where that is not inlined: most lengths
// take a byte.
func appendVarint(b []byte, n uint64) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return protowire.AppendVarint(b, n)
}
