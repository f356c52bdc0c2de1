package jsonata

import "github.com/seed66d9166c/express/express/value"

var objectFuncs = []row{
	{"keys", "<x-:a<s>>", keys},
	{"lookup", "<x-s:x>", lookup},
	{"spread", "<x-:a<o>>", spread},
	{"merge", "<a<o>:o>", merge},
	{"exists", "<x:b>", exists},
	{"type", "<x:s>", typeName},
	{"error", "<s?:x>", raise},
	{"assert", "<bs?:x>", assert},
	{"clone", "<(oa)-:o>", cloneFunc},
}

func keys(m *machine, args []cell) (cell, *Error) {
	seen := map[string]bool{}
	var items []cell
	err := m.eachObject(unwrap(args[0]), func(c cell) *Error {
		if err := m.grow(2 * c.len() * cellSize); err != nil {
			return err
		}
		for i := range c.len() {
			if k, _ := c.member(i); !seen[k] {
				seen[k] = true
				items = append(items, str(k))
			}
		}
		return nil
	})
	return sequenceOf(items), err
}

// eachObject calls f with the objects in arrays at any depth.
func (m *machine) eachObject(c cell, f func(cell) *Error) *Error {
	if c.isObject() {
		return f(c)
	}
	if !c.isArray() {
		return nil
	}
	if err := m.work(c.len()); err != nil {
		return err
	}
	for i := range c.len() {
		if !m.down() {
			return m.fault
		}
		if err := m.eachObject(c.index(i), f); err != nil {
			return err
		}
		m.up()
	}
	return nil
}

func lookup(m *machine, args []cell) (cell, *Error) {
	key, ok := args[1].text()
	if !ok {
		return cell{}, nil
	}
	if !args[0].isArray() {
		return args[0].get(key), m.work(args[0].len())
	}
	if err := m.fieldsOfMany(args[0], []string{key}, 0, false); err != nil {
		return cell{}, err
	}
	return m.pop(), nil
}

// spread makes an object for each member.
func spread(m *machine, args []cell) (cell, *Error) {
	c := args[0]
	if !c.isArray() && !c.isObject() {
		return c, nil
	}
	var items []cell
	if err := m.spreadInto(c, &items); err != nil {
		return cell{}, err
	}
	if c.isArray() && c.len() > 0 {
		return arrayOf(items)
	}
	return sequenceOf(items), nil
}

func (m *machine) spreadInto(c cell, items *[]cell) *Error {
	if !c.isArray() && !c.isObject() {
		*items = append(*items, c)
		return m.grow(cellSize)
	}
	if err := m.growList(3 * c.len()); err != nil {
		return err
	}
	for i := range c.len() {
		if c.isArray() {
			if !m.down() {
				return m.fault
			}
			if err := m.spreadInto(c.index(i), items); err != nil {
				return err
			}
			m.up()
			continue
		}
		k, v := c.member(i)
		o, err := m.record([]string{k}, []cell{v})
		if err != nil {
			return err
		}
		*items = append(*items, o)
	}
	return nil
}

// merge puts the members of all objects into one; of equal names the last wins.
func merge(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.undefined() {
		return cell{}, nil
	}
	size, boxed := 0, false
	for i := range list.len() {
		o := list.index(i)
		size += o.len()
		boxed = boxed || o.x != nil
	}
	if err := m.grow(4 * size * cellSize); err != nil {
		return cell{}, err
	}
	if boxed {
		return m.mergeBoxed(list)
	}
	members := make([]value.Member, 0, size)
	for i := range list.len() {
		for k, v := range list.index(i).v.Members() {
			members = append(members, value.Member{Key: k, Val: v})
		}
	}
	return sealed(cell{v: value.Object(members...)})
}

// mergeBoxed is merge where not all objects are JSON.
func (m *machine) mergeBoxed(list cell) (cell, *Error) {
	var names []string
	var values []cell
	at := map[string]int{}
	for i := range list.len() {
		o := list.index(i)
		for j := range o.len() {
			k, v := o.member(j)
			n, ok := at[k]
			if !ok {
				n = len(names)
				at[k] = n
				names, values = append(names, k), append(values, v)
			}
			values[n] = v
		}
	}
	return m.record(names, values)
}

func exists(_ *machine, args []cell) (cell, *Error) { return boolean(!args[0].undefined()), nil }

func typeName(_ *machine, args []cell) (cell, *Error) {
	switch c := args[0]; {
	case c.undefined():
		return c, nil
	case c.isFunc():
		return str("function"), nil
	case c.isArray():
		return str("array"), nil
	case c.isObject():
		return str("object"), nil
	default:
		return str(c.v.Kind().String()), nil
	}
}

func raise(_ *machine, args []cell) (cell, *Error) {
	message, _ := args[0].text()
	if message == "" {
		message = "$error() function evaluated"
	}
	return cell{}, fail("D3137", message)
}

func assert(m *machine, args []cell) (cell, *Error) {
	if m.truth(args[0]) {
		return cell{}, nil
	}
	message, _ := args[1].text()
	if message == "" {
		message = "$assert() statement failed"
	}
	return cell{}, fail("D3141", message)
}

// cloneFunc copies by way of text, as JSONata does: functions become empty
// strings, numbers keep 15 digits.
func cloneFunc(m *machine, args []cell) (cell, *Error) { return m.copied(unwrap(args[0])) }

func (m *machine) copied(c cell) (cell, *Error) {
	if !m.down() {
		return c, m.fault
	}
	defer m.up()
	switch {
	case c.isFunc():
		return str(""), nil
	case c.isNumber():
		return num(precise(c.v.Float())), nil
	case c.isArray():
		if err := m.grow(2 * c.len() * cellSize); err != nil {
			return c, err
		}
		items := make([]value.Value, c.len())
		for i := range items {
			e, err := m.copied(c.index(i))
			if err != nil {
				return c, err
			}
			items[i] = e.v
		}
		return cell{v: value.Array(items...)}, nil
	case c.isObject():
		if err := m.grow(2 * c.len() * cellSize); err != nil {
			return c, err
		}
		members := make([]value.Member, 0, c.len())
		for i := range c.len() {
			k, v := c.member(i)
			e, err := m.copied(v)
			if err != nil {
				return c, err
			}
			members = append(members, value.Member{Key: k, Val: e.v})
		}
		return cell{v: value.Object(members...)}, nil
	}
	return c, nil
}
