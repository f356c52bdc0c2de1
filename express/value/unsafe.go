package value

import "unsafe"

// All use of unsafe in the package is in this file: a Value's pointer is the
// first byte of a text, the first element of an array or the first member of an
// object, and n says how many there are.

var _ = [1]int{}[unsafe.Sizeof(Value{})-24] // three words: copied in registers

func textPtr(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

func elemPtr(e []Value) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(e)) }

func memberPtr(m []Member) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(m)) }

// text is the text of a string, or of a number that has one.
func (v Value) text() string { return unsafe.String((*byte)(v.p), int(v.n)) }

// elems are the elements of an array. The caller must not change them.
func (v Value) elems() []Value {
	p := (*Value)(v.p)
	if v.bits&isUnread != 0 {
		p = (*unread)(v.p).first()
	}
	return unsafe.Slice(p, int(v.n))
}

// members are the members of an object. The caller must not change them.
func (v Value) members() []Member { return unsafe.Slice((*Member)(v.p), int(v.n)) }

// stringOf is b as a string. Nobody may write to b afterwards.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is s as bytes. Nobody may write to them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
