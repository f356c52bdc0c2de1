package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Every command says what it is, shows how to call it, and has a script.
func TestCommands(t *testing.T) {
	root := new(app).root()
	seen := make(map[string]bool)
	for _, row := range commands {
		c := row.command(new(app))
		if seen[c.Name()] {
			t.Errorf("%s occurs twice", c.Name())
		}
		seen[c.Name()] = true
		if c.Short == "" || c.Example == "" || c.Args == nil {
			t.Errorf("%s lacks a description, an example, or a word on its arguments", c.Name())
		}
		for line := range strings.SplitSeq(c.Example, "\n") {
			if !strings.Contains(line, "express "+c.Name()) {
				t.Errorf("%s: the example %q does not call it", c.Name(), line)
			}
		}
		if found, _, err := root.Find([]string{c.Name()}); err != nil || found.Name() != c.Name() {
			t.Errorf("%s is not a command of the root", c.Name())
		}
		scripts, _ := filepath.Glob(filepath.Join("testdata", "script", c.Name()+"*.txt"))
		if len(scripts) == 0 {
			t.Errorf("%s has no script", c.Name())
		}
	}
}
