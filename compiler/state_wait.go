package compiler

import (
	"cmp"

	"github.com/seed66d9166c/express/express/program"
)

func (l *lowerer) wait(s *state) {
	n := s.node
	w := program.Wait{
		Seconds:   l.either(n, "Seconds", "SecondsPath"),
		Timestamp: l.either(n, "Timestamp", "TimestampPath"),
		Path:      cmp.Or(n.str("SecondsPath"), n.str("TimestampPath")),
	}
	for _, k := range n.kids {
		if k.made != nil && (k.key == "Seconds" || k.key == "SecondsPath" || k.key == "Timestamp" || k.key == "TimestampPath") {
			l.at(k)
		}
	}
	l.emit(program.OpWait, add(&l.p.Waits, w), 0)
	l.result(s)
}
