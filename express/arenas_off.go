//go:build !arenas

package express

import "github.com/seed66d9166c/express/express/value"

// alwaysArena gives each execution an Arena, which is released as it ends: what
// looks into a value after that finds nothing. The build tag arenas turns it on, for
// tests.
const alwaysArena = false

func copied(v value.Value) value.Value { return v }
