package conformance

import (
	"fmt"
	"os"
	"strings"
)

// ReadMisses reads a file of recorded API conversations that are known not to
// agree: a line each, id and reason with a tab between them; # begins a comment.
func ReadMisses(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	misses := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		id, reason, ok := strings.Cut(line, "\t")
		if !ok || reason == "" {
			return nil, fmt.Errorf("%s: expected an id, a tab and a reason but got %q", path, line)
		}
		misses[id] = reason
	}
	return misses, nil
}
