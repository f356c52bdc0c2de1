package suite

import (
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express"
)

// Line is an event as a line of text: its ids, its type and the details that AWS
// shows of it.
func Line(e *express.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d<-%d %s", e.ID, e.Prev, e.Type)
	has := e.Type.Has()
	if has&(express.HasName|express.HasState) != 0 {
		fmt.Fprintf(&b, " %s", e.State)
	}
	if has&express.HasService != 0 {
		fmt.Fprintf(&b, " %s:%s", e.Task.Service, e.Task.Action)
	}
	if has&express.HasResource != 0 {
		fmt.Fprintf(&b, " %s", e.Task.Resource)
	}
	if has&express.HasIndex != 0 {
		fmt.Fprintf(&b, " index=%d", e.Index)
	}
	if has&express.HasLength != 0 {
		fmt.Fprintf(&b, " length=%d", e.Length)
	}
	if has&express.HasLocation != 0 && e.Location != "" {
		fmt.Fprintf(&b, " location=%s", e.Location)
	}
	if has&(express.HasInput|express.HasArgs) != 0 {
		fmt.Fprintf(&b, " input=%s", e.Input)
	}
	if has&express.HasLimits != 0 {
		if e.Timeout > 0 {
			fmt.Fprintf(&b, " timeout=%s", e.Timeout)
		}
		if e.Heartbeat > 0 {
			fmt.Fprintf(&b, " heartbeat=%s", e.Heartbeat)
		}
		if e.Role != "" {
			fmt.Fprintf(&b, " role=%s", e.Role)
		}
	}
	if has&express.HasOutput != 0 {
		fmt.Fprintf(&b, " output=%s", e.Output)
	}
	if has&express.HasVars != 0 && !e.Vars.IsNothing() {
		fmt.Fprintf(&b, " assigned=%s", e.Vars)
	}
	if has&express.HasError != 0 && e.Err != nil {
		if e.Err.Name != "" {
			fmt.Fprintf(&b, " error=%s", e.Err.Name)
		}
		if !e.Err.NoCause {
			fmt.Fprintf(&b, " cause=%q", e.Err.Cause)
		}
	}
	b.WriteByte('\n')
	return b.String()
}
