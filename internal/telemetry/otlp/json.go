package otlp

import (
	"encoding/hex"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seed66d9166c/express/express/value"
)

// A message is how OTLP writes a message of protobuf as JSON: its fields by
// number. Names are in camel case, ids hexadecimal, enumerations numbers, and
// integers of 64 bits strings.
type message []field

type field struct {
	number protowire.Number
	name   string
	list   bool
	append func(b []byte, v wireValue) []byte
}

func jsonText(b []byte, v wireValue) []byte   { return value.AppendQuoted(b, string(v.bytes)) }
func jsonNumber(b []byte, v wireValue) []byte { return strconv.AppendUint(b, v.number, 10) }
func jsonBool(b []byte, v wireValue) []byte   { return strconv.AppendBool(b, v.number != 0) }

func jsonID(b []byte, v wireValue) []byte {
	return append(hex.AppendEncode(append(b, '"'), v.bytes), '"')
}

func jsonWide(b []byte, v wireValue) []byte {
	return append(strconv.AppendUint(append(b, '"'), v.number, 10), '"')
}

func jsonSigned(b []byte, v wireValue) []byte {
	return append(strconv.AppendInt(append(b, '"'), int64(v.number), 10), '"')
}

func jsonDouble(b []byte, v wireValue) []byte {
	return strconv.AppendFloat(b, math.Float64frombits(v.number), 'g', -1, 64)
}

func (m message) in(b []byte, v wireValue) []byte { return m.appendJSON(b, v.bytes) }

// The messages of log records.
var (
	anyValueJSON = message{
		{1, "stringValue", false, jsonText}, {2, "boolValue", false, jsonBool},
		{3, "intValue", false, jsonSigned}, {4, "doubleValue", false, jsonDouble},
	}
	keyValueJSON = message{{1, "key", false, jsonText}, {2, "value", false, anyValueJSON.in}}
	recordJSON   = message{
		{1, "timeUnixNano", false, jsonWide},
		{11, "observedTimeUnixNano", false, jsonWide},
		{2, "severityNumber", false, jsonNumber},
		{12, "eventName", false, jsonText},
		{5, "body", false, anyValueJSON.in},
		{6, "attributes", true, keyValueJSON.in},
		{7, "droppedAttributesCount", false, jsonNumber},
		{8, "flags", false, jsonNumber},
		{9, "traceId", false, jsonID},
		{10, "spanId", false, jsonID},
	}
	resourceJSON     = message{{1, "attributes", true, keyValueJSON.in}}
	scopeJSON        = message{{1, "name", false, jsonText}, {2, "version", false, jsonText}}
	scopeLogsJSON    = message{{1, "scope", false, scopeJSON.in}, {2, "logRecords", true, recordJSON.in}}
	resourceLogsJSON = message{{1, "resource", false, resourceJSON.in}, {2, "scopeLogs", true, scopeLogsJSON.in}}
	requestJSON      = message{{1, "resourceLogs", true, resourceLogsJSON.in}}
)

// appendJSON appends the message that src is, in the order of m.
func (m message) appendJSON(b, src []byte) []byte {
	b = append(b, '{')
	empty := true
	for _, f := range m {
		n := 0
		for number, v := range fields(src) {
			if number != f.number {
				continue
			}
			if n > 0 || !empty {
				b = append(b, ',')
			}
			if n == 0 {
				b = append(value.AppendQuoted(b, f.name), ':')
				if f.list {
					b = append(b, '[')
				}
			}
			b = f.append(b, v)
			n++
		}
		if n > 0 {
			empty = false
			if f.list {
				b = append(b, ']')
			}
		}
	}
	return append(b, '}')
}
