package jsonata

// Lists made on the way to a value die with the evaluation: the first of them
// lie in memory that the machine keeps, so that a small expression leaves no
// garbage but its value. Later ones are ordinary memory.

const (
	arenaCells = 256
	arenaBoxes = 16
)

type arena struct {
	cells []cell
	boxes []box
}

func newArena() arena {
	return arena{cells: make([]cell, 0, arenaCells), boxes: make([]box, 0, arenaBoxes)}
}

// reset forgets all that was made.
func (a *arena) reset() {
	clear(a.cells)
	clear(a.boxes)
	a.cells, a.boxes = a.cells[:0], a.boxes[:0]
}

// room is an empty slice with room for n cells.
func (a *arena) room(n int) []cell {
	used := len(a.cells)
	if used+n > cap(a.cells) {
		return make([]cell, 0, n)
	}
	a.cells = a.cells[:used+n]
	return a.cells[used : used : used+n]
}

func (a *arena) box() *box {
	used := len(a.boxes)
	if used == cap(a.boxes) {
		return new(box)
	}
	a.boxes = a.boxes[:used+1]
	return &a.boxes[used]
}

// list is a list of items, which are not copied.
func (a *arena) list(items []cell, flags uint8) cell {
	b := a.box()
	b.kind, b.flags, b.items = boxList, flags, items
	return cell{x: b}
}

// listOf is a list of a copy of items.
func (a *arena) listOf(items []cell, flags uint8) cell {
	return a.list(append(a.room(len(items)), items...), flags)
}
