package awsapi

import (
	"fmt"
	"strings"
)

// Operations are the names in the table.
func Operations() []string {
	names := make([]string, len(table))
	for i, op := range table {
		names[i] = op.name
	}
	return names
}

// ScopeOf is the scope of an operation.
func ScopeOf(op string) Scope { return operations[op].scope }

// Rows is the table as docs/api.md has it.
func Rows() string {
	var b strings.Builder
	for _, op := range table {
		has := "yes"
		if op.absent {
			has = "no"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", op.name, op.scope, has, op.here)
	}
	return b.String()
}
