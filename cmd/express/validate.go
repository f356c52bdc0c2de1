package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/server"
)

func (a *app) validateCommand() *cobra.Command {
	v := &validation{app: a, seen: make(map[string]bool)}
	c := &cobra.Command{
		Use:   "validate FILE|DIR|DIR/... [flags]",
		Short: "Check definitions, and the directories they are served from",
		Long: `Check definitions and print all that is wrong with them, with its place.

DIR stands for its *.asl.json, *.asl.yaml and *.asl.yml, and if it has an express.yaml
is checked as it would be served. DIR/... takes the directories below as well, those
aside whose name begins with a dot. FILE may be - for standard input, or a template of
CloudFormation or SAM, of which all state machines are checked.

The exit code is 3 if anything is not valid; warnings do not count.`,
		Example: `  express validate order.asl.json
  express validate examples/office
  express validate ./... -o json`,
		Args: atLeast("FILE, DIR or DIR/..."),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				if err := v.add(arg); err != nil {
					return err
				}
			}
			return v.tell()
		},
		ValidArgsFunction: completeDefinition,
	}
	v.definition.flags(c.Flags())
	return c
}

// A validation is one run of the command "validate".
type validation struct {
	*app
	definition
	reports config.Reports
	seen    map[string]bool // files, by absolute path
	found   bool            // the argument names any
}

// add checks what an argument names.
func (v *validation) add(arg string) error {
	v.found = false
	dir, deep := strings.CutSuffix(arg, "...")
	info, err := os.Stat(filepath.Clean(dir))
	switch {
	case arg == "-":
		return v.file(arg)
	case err != nil:
		return usage(err)
	case deep:
		err = v.tree(dir)
	case info.IsDir():
		err = v.directory(dir)
	default:
		return v.file(arg)
	}
	if err == nil && !v.found {
		return usagef("%s holds no definitions: no %s and no %s", arg, strings.Join(suffixes, ", "), config.FileName)
	}
	return err
}

// tree checks a directory and those below it.
func (v *validation) tree(root string) error {
	return filepath.WalkDir(filepath.Clean(root), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return usage(err)
		case !d.IsDir():
			return nil
		case path != filepath.Clean(root) && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		}
		return v.directory(path)
	})
}

// directory checks a directory, without those below it: the application in it,
// and what definitions lie beside that.
func (v *validation) directory(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, config.FileName)); err == nil {
		v.application(dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return usage(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return usage(err)
	}
	for _, e := range entries {
		if !e.IsDir() && isDefinition(e.Name()) {
			if err := v.file(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// application checks a directory as it would be served.
func (v *validation) application(dir string) {
	var o config.Options
	if v.strict {
		o.Flags = map[string]string{"strict": "true"}
	}
	v.found = true
	v.reports = append(v.reports, server.Check(dir, o)...)
	v.seen[absolute(filepath.Join(dir, config.FileName))] = true
	if c, _ := config.Load(dir, o); c != nil {
		for _, w := range c.Workflows { // they are not to be checked without it as well
			v.seen[absolute(w.File)] = true
		}
	}
}

// file checks one file, unless it was before.
func (v *validation) file(name string) error {
	v.found = true
	path := absolute(name)
	if v.seen[path] {
		return nil
	}
	v.seen[path] = true
	all, r, err := v.sources(name, v.options())
	if err != nil {
		return err
	}
	if len(r.Findings) > 0 {
		v.reports = append(v.reports, r)
	}
	for _, s := range all {
		_, r := s.compile()
		v.reports = append(v.reports, r)
	}
	return nil
}

// tell prints the findings.
func (v *validation) tell() error {
	var count [2]int
	for _, r := range v.reports {
		for _, d := range r.Findings {
			count[d.Severity]++
		}
	}
	var err error
	if v.output == jsonFormat {
		err = v.printJSON(findingsOf(v.reports))
	} else if err = v.reports.Write(v.stdout); err == nil {
		fmt.Fprintf(v.stderr, "%s checked: %s, %s\n", counted(len(v.seen), "file"),
			counted(count[compiler.Error], "error"), counted(count[compiler.Warning], "warning"))
	}
	if err == nil && count[compiler.Error] > 0 {
		err = failure{exitDefinition, nil}
	}
	return err
}

// absolute is path from the root, so that one file has one name.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
