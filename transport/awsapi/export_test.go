package awsapi

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
