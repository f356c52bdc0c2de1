package value

// An extent is what an array or object adds up to: the bytes of its JSON, the
// values in it, itself included, and how deep its brackets are nested.
type extent struct{ size, values, depth int }

// An array or object has its extent in its bits. A number that is too large for
// its place there is the largest that is not.
const (
	sizeBits   = 35 // 32 GB
	valuesBits = 20 // a million, of which Parse takes a sixteenth
	depthBits  = 8  // four times what Parse takes

	maxExtentSize   = 1<<sizeBits - 1
	maxExtentValues = 1<<valuesBits - 1
	maxExtentDepth  = 1<<depthBits - 1

	_ = uint(64 - sizeBits - valuesBits - depthBits - 1) // isUnread is beside them
	_ = uint(maxExtentValues - 2*MaxValues)              // what is beyond a limit can be told from it
	_ = uint(maxExtentDepth - 2*MaxDepth)
)

// brackets is the extent of an array or object of n elements or members, without
// them and the keys.
func brackets(n int) extent { return extent{size: len("[]") + max(n-1, 0), values: 1, depth: 1} }

// add counts one of the values in an array or object.
func (e *extent) add(v Value) {
	if v.kind < KindArray {
		e.size += v.Size()
		e.values++
		return
	}
	x := v.extent()
	e.size += x.size
	e.values += x.values
	e.depth = max(e.depth, x.depth+1)
}

// remove counts one of them no more. How deep the others are is not known then.
func (e *extent) remove(v Value) {
	e.size -= v.Size()
	e.values -= v.Values()
	e.depth = 1
}

func (e extent) bits() uint64 {
	return uint64(min(e.depth, maxExtentDepth))<<(sizeBits+valuesBits) |
		uint64(min(e.values, maxExtentValues))<<sizeBits | uint64(min(e.size, maxExtentSize))
}

// extent is that of an array or object.
func (v Value) extent() extent {
	return extent{int(v.bits & maxExtentSize), int(v.bits >> sizeBits & maxExtentValues), int(v.bits >> (sizeBits + valuesBits) & maxExtentDepth)}
}

// Depth is how deep the brackets of v are nested: 0 for a string, 1 for []. At 255
// it stops counting. It is known without looking, in constant time.
func (v Value) Depth() int {
	if v.kind < KindArray {
		return 0
	}
	return v.extent().depth
}

// Values is the number of values that v is made of, itself included, as
// [MaxValues] counts them. At 1,048,575 it stops counting. It is known without
// looking, in constant time.
func (v Value) Values() int {
	switch {
	case v.kind == KindNothing:
		return 0
	case v.kind < KindArray:
		return 1
	}
	return v.extent().values
}
