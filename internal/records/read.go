package records

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// maxLine bounds a line in bytes: a batch of the largest records that a
// collector writes as one.
const maxLine = 64 << 20

// Read yields the records in r, which is lines of JSON: records, as express tail
// prints them, or batches of OTLP, as the file exporter of a collector writes
// them. Lines that hold neither are errors, with their number; what follows
// them is read all the same.
func Read(r io.Reader) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		n := 0
		for lines.Scan() {
			n++
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			all, err := parse(line)
			for _, rec := range all {
				if !yield(rec, nil) {
					return
				}
			}
			if err != nil && !yield(nil, fmt.Errorf("line %d: %w", n, err)) {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(nil, fmt.Errorf("line %d: longer than %d bytes", n+1, maxLine))
		} else if err != nil {
			yield(nil, err)
		}
	}
}

// errNoRecord says that a line is JSON, but no record.
var errNoRecord = errors.New("want a log record of an execution, or a batch of OTLP")

// parse is what a line holds.
func parse(line []byte) ([]*Record, error) {
	var in struct {
		Record
		ResourceLogs []struct {
			ScopeLogs []struct {
				LogRecords []logRecord `json:"logRecords"`
			} `json:"scopeLogs"`
		} `json:"resourceLogs"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	if in.ResourceLogs == nil {
		if in.Type == "" || in.Execution == "" {
			return nil, errNoRecord
		}
		return []*Record{&in.Record}, nil
	}
	var all []*Record
	var errs []error
	for _, resource := range in.ResourceLogs {
		for _, scope := range resource.ScopeLogs {
			for i := range scope.LogRecords {
				rec, err := scope.LogRecords[i].record()
				if err != nil {
					errs = append(errs, err)
				} else if rec.Type != "" { // else it is of another program
					all = append(all, rec)
				}
			}
		}
	}
	return all, errors.Join(errs...)
}

// A logRecord is one of OTLP in its JSON form, in which 64-bit numbers are texts.
type logRecord struct {
	TimeUnixNano digits `json:"timeUnixNano"`
	Attributes   []struct {
		Key   string `json:"key"`
		Value struct {
			String *string  `json:"stringValue"`
			Int    *digits  `json:"intValue"`
			Double *float64 `json:"doubleValue"`
		} `json:"value"`
	} `json:"attributes"`
}

// A digits is a number that may stand in quotes.
type digits string

// UnmarshalJSON takes the quotes away.
func (t *digits) UnmarshalJSON(b []byte) error {
	*t = digits(strings.Trim(string(b), `"`))
	return nil
}

func (l *logRecord) record() (*Record, error) {
	rec := new(Record)
	nanos, err := strconv.ParseInt(string(l.TimeUnixNano), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("want a time in nanoseconds but got %q", l.TimeUnixNano)
	}
	rec.Time = time.Unix(0, nanos).UTC()
	for _, a := range l.Attributes {
		in, known := attributes[a.Key]
		if !known {
			continue
		}
		ok := false
		switch to := in(rec).(type) {
		case *string:
			if ok = a.Value.String != nil; ok {
				*to = *a.Value.String
			}
		case *float64:
			if ok = a.Value.Double != nil; ok {
				*to = *a.Value.Double
			}
		case *int:
			if a.Value.Int != nil {
				*to, err = strconv.Atoi(string(*a.Value.Int))
				ok = err == nil
			}
		case *uint64:
			if a.Value.Int != nil {
				*to, err = strconv.ParseUint(string(*a.Value.Int), 10, 64)
				ok = err == nil
			}
		}
		if !ok {
			return nil, fmt.Errorf("attribute %s has a value of another type than it should", a.Key)
		}
	}
	return rec, nil
}
