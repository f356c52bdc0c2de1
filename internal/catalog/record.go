package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

const (
	// schema is the form of a record, which is its first element. A field more is
	// another form: a release that does not know it has to refuse the record, as it
	// would lose the field by changing something else.
	schema = 1
	// maxRecord bounds a record in bytes. It leaves room for the headers in what a
	// broker takes by default, 1 MiB, and for about 4,000 versions.
	maxRecord = 1_000_000
	// maxRecordDepth bounds what is nested in a record: a machine has aliases, which
	// have routes, which have fields.
	maxRecordDepth = 8
	// maxRecordItems bounds what one array or map in it has: versions are most, and
	// names in a Set, of which two count.
	maxRecordItems = 4096
)

// encode is m as stores keep it: an array of the schema and m.
func encode(m *StateMachine) ([]byte, error) {
	var b bytes.Buffer
	e := msgpack.NewEncoder(&b)
	e.SetOmitEmpty(true)
	e.UseCompactInts(true)
	err := errors.Join(e.EncodeArrayLen(2), e.EncodeInt(schema), e.Encode(m))
	if err != nil {
		return nil, fmt.Errorf("encode the record of %s: %w", m.Name, err)
	}
	if b.Len() > maxRecord {
		return nil, fmt.Errorf("record of %s: %w: %d bytes, of which there may be %d", m.Name, ErrTooLarge, b.Len(), maxRecord)
	}
	if err := bounded(b.Bytes()); err != nil {
		return nil, fmt.Errorf("record of %s: %w: %w", m.Name, ErrTooLarge, err)
	}
	return b.Bytes(), nil
}

// decode reads what encode wrote.
func decode(b []byte) (*StateMachine, error) {
	if len(b) > maxRecord {
		return nil, fmt.Errorf("record: %w", ErrTooLarge)
	}
	if err := bounded(b); err != nil {
		return nil, fmt.Errorf("decode a record: %w", err)
	}
	d := msgpack.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields(true)
	n, err := d.DecodeArrayLen()
	if err == nil && n < 2 {
		err = errors.New("expected a schema and a state machine")
	}
	var is int
	if err == nil {
		is, err = d.DecodeInt()
	}
	if err == nil && is > schema {
		return nil, fmt.Errorf("record in schema %d: %w", is, ErrNewer)
	}
	m := new(StateMachine)
	if err == nil {
		err = d.Decode(m)
	}
	if err != nil {
		return nil, fmt.Errorf("decode a record: %w", err)
	}
	m.inUTC()
	return m, nil
}

// bounded wants the lengths that b declares to be those of what is there, not too
// much nested, and no nil: the decoder allocates what it is told of, recurses, and
// panics at a nil for a time.
func bounded(b []byte) error {
	r := bytes.NewReader(b)
	d := msgpack.NewDecoder(r)
	left := []int{1} // values to come, of each that is open
	for len(left) > 0 {
		top := len(left) - 1
		if left[top] == 0 {
			left = left[:top]
			continue
		}
		left[top]--
		n := 0
		code, err := d.PeekCode()
		switch {
		case err != nil:
		case msgpcode.IsFixedArray(code), code == msgpcode.Array16, code == msgpcode.Array32:
			n, err = d.DecodeArrayLen()
		case code == msgpcode.Nil:
			return errors.New("a nil: what is empty is left out")
		case msgpcode.IsFixedMap(code), code == msgpcode.Map16, code == msgpcode.Map32:
			n, err = d.DecodeMapLen()
			n *= 2
		default:
			err = d.Skip()
		}
		switch {
		case err != nil:
			return err
		case n > r.Len():
			return io.ErrUnexpectedEOF
		case n > maxRecordItems:
			return fmt.Errorf("more than %d items in one place", maxRecordItems)
		case n > 0 && len(left) > maxRecordDepth:
			return fmt.Errorf("nested deeper than %d", maxRecordDepth)
		case n > 0:
			left = append(left, n)
		}
	}
	return nil
}

// inUTC undoes that times are decoded as local ones.
func (m *StateMachine) inUTC() {
	all := []*time.Time{&m.Created, &m.Updated}
	for i := range m.Versions {
		all = append(all, &m.Versions[i].Created)
	}
	for i := range m.Aliases {
		all = append(all, &m.Aliases[i].Created, &m.Aliases[i].Updated)
	}
	for _, t := range all {
		*t = t.UTC()
	}
}
