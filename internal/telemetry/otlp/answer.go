package otlp

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// A partial is the partial_success of an ExportLogsServiceResponse.
type partial struct {
	Rejected int64
	Message  string
}

// result is what a partial says of a request whose status was good.
func (p partial) result() (rejected int, err error) {
	switch {
	case p.Rejected > 0:
		return int(p.Rejected), errors.New("rejected by the collector: " + p.Message)
	case p.Message != "":
		return 0, &refusal{text: p.Message, taken: true}
	}
	return 0, nil
}

// readPartial reads a response. One that cannot be read says nothing: its status
// was good, so the records were taken.
func readPartial(b []byte) (p partial) {
	for number, v := range fields(b) {
		if number != 1 {
			continue
		}
		for number, v := range fields(v.bytes) {
			switch number {
			case 1:
				p.Rejected = int64(v.number)
			case 2:
				p.Message = string(v.bytes)
			}
		}
	}
	return p
}

// readPartialJSON does what readPartial does with OTLP's JSON, in which numbers
// of 64 bits may be strings.
func readPartialJSON(b []byte) (p partial) {
	var response struct {
		PartialSuccess struct {
			RejectedLogRecords json.RawMessage
			ErrorMessage       string
		}
	}
	if json.Unmarshal(b, &response) != nil {
		return p
	}
	n := string(response.PartialSuccess.RejectedLogRecords)
	if s, err := strconv.Unquote(n); err == nil {
		n = s
	}
	p.Rejected, _ = strconv.ParseInt(n, 10, 64) // what is no number rejects nothing
	p.Message = response.PartialSuccess.ErrorMessage
	return p
}

const retryInfo = "type.googleapis.com/google.rpc.RetryInfo"

// readStatus reads a google.rpc.Status: its message, and the delay of its
// RetryInfo if it has one.
func readStatus(b []byte) (message string, after time.Duration, delayed bool) {
	for number, v := range fields(b) {
		switch number {
		case 2:
			message = string(v.bytes)
		case 3:
			if d, ok := readRetryInfo(v.bytes); ok {
				after, delayed = d, true
			}
		}
	}
	return message, after, delayed
}

// readRetryInfo reads the google.protobuf.Any of a RetryInfo: a Duration of
// seconds and nanoseconds.
func readRetryInfo(b []byte) (after time.Duration, ok bool) {
	var info []byte
	for number, v := range fields(b) {
		switch number {
		case 1:
			ok = string(v.bytes) == retryInfo
		case 2:
			info = v.bytes
		}
	}
	if !ok {
		return 0, false
	}
	for _, delay := range fields(info) {
		for number, v := range fields(delay.bytes) {
			switch number {
			case 1:
				after += time.Duration(min(v.number, maxRetryAfter)) * time.Second
			case 2:
				after += time.Duration(min(v.number, uint64(time.Second)))
			}
		}
	}
	return after, true
}

// maxRetryAfter is the most seconds that a collector's wish for a pause is taken
// for: far more than a batch has.
const maxRetryAfter = 24 * 60 * 60

// A wireValue is the value of a field: a number, or bytes.
type wireValue struct {
	number uint64
	bytes  []byte
}

// fields are the fields of a message, up to one that is malformed.
func fields(b []byte) func(yield func(protowire.Number, wireValue) bool) {
	return func(yield func(protowire.Number, wireValue) bool) {
		for len(b) > 0 {
			number, typ, n := protowire.ConsumeTag(b)
			if n < 0 {
				return
			}
			b = b[n:]
			var v wireValue
			switch typ {
			case protowire.VarintType:
				v.number, n = protowire.ConsumeVarint(b)
			case protowire.Fixed64Type:
				v.number, n = protowire.ConsumeFixed64(b)
			case protowire.Fixed32Type:
				var x uint32
				x, n = protowire.ConsumeFixed32(b)
				v.number = uint64(x)
			case protowire.BytesType:
				v.bytes, n = protowire.ConsumeBytes(b)
			default:
				n = protowire.ConsumeFieldValue(number, typ, b)
			}
			if n < 0 || !yield(number, v) {
				return
			}
			b = b[n:]
		}
	}
}
