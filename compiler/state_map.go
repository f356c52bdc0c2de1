package compiler

import (
	"github.com/seed66d9166c/express/express/program"
)

// mode is the check of a processor's Mode: Express Workflows have no other than
// INLINE, and neither has this engine.
func (c *checker) mode(n *node) {
	oneOf("INLINE", "DISTRIBUTED")(c, n)
	if n.text == "DISTRIBUTED" && !c.o.Distributed {
		c.fail(n, "Express state machine does not support 'DISTRIBUTED' mode of Map states")
	}
}

// distributed is the check of a field that only a DISTRIBUTED Map has.
func (c *checker) distributed(n *node) {
	for _, b := range c.state.bodies {
		if config := b.node.get("ProcessorConfig"); config != nil && config.str("Mode") == "DISTRIBUTED" {
			return // reported there
		}
	}
	c.reportField(n, "Field '%s' is only supported by Map states in 'DISTRIBUTED' mode", n.key)
}

func (l *lowerer) mapState(s *state) {
	n := s.node
	m := program.Map{
		Items:       l.either(n, "ItemsPath", "Items"),
		Item:        l.either(n, "ItemSelector", "Parameters"),
		Concurrency: l.either(n, "MaxConcurrency", "MaxConcurrencyPath"),
		Count:       l.either(n, "ToleratedFailureCount", "ToleratedFailureCountPath"),
		Percentage:  l.either(n, "ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
		ItemsPath:   n.str("ItemsPath"),
	}
	id := add(&l.p.Maps, m)
	l.inner(s.bodies[0], func(entry program.PC, scope program.ID) { l.p.Maps[id].Entry, l.p.Maps[id].Scope = entry, scope })
	l.emit(program.OpMap, id, 0)
	l.result(s)
}
