package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the pictures of docs/observability.md and what its commands print")

// console is a block of a page that shows a command, and what it prints.
var console = regexp.MustCompile("(?s)```console\n\\$ express ([^\n]*)\n(.*?)```\n")

// Each command of the page on observability prints what the page shows, and draws
// the pictures that it has; what cannot be repeated is as it was recorded.
func TestObservabilityPage(t *testing.T) {
	t.Chdir(repository)
	const file = "docs/observability.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	got := console.ReplaceAllStringFunc(string(page), func(block string) string {
		parts := console.FindStringSubmatch(block)
		shown++
		return "```console\n$ express " + parts[1] + "\n" + printed(t, parts[1]) + "```\n"
	})
	if shown < 3 {
		t.Errorf("the page shows %d commands, want some", shown)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(page), got); diff != "" {
		t.Errorf("(-page +now; make pictures)\n%s", diff)
	}
}

// printed is what a command prints. One that writes a picture prints nothing, and
// top what it printed when the pictures were made.
func printed(t *testing.T, command string) string {
	t.Helper()
	command, picture, draws := strings.Cut(command, " > ")
	args := strings.Fields(command)
	if args[0] == "top" {
		b, err := os.ReadFile("docs/pictures/top.txt")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var stdout, stderr strings.Builder
	if code := run(args, strings.NewReader(""), &stdout, &stderr); code != exitOK {
		t.Fatalf("express %s: exit code %d: %s", command, code, &stderr)
	}
	if !draws {
		return stdout.String()
	}
	path := filepath.FromSlash(picture)
	if *update {
		if err := os.WriteFile(path, []byte(stdout.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), stdout.String()); diff != "" {
		t.Errorf("%s (-want +got; make pictures)\n%s", picture, diff)
	}
	return ""
}
