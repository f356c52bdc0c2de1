package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/cloudformation"
	"github.com/seed66d9166c/express/internal/config"
)

// A source is the text of one definition.
type source struct {
	name     string // of its file
	text     []byte
	options  *compiler.Options
	workflow string // what the file calls it, "" for standard input
	inline   bool   // it is a part of a template
}

func (s *source) compile() (*program.Program, config.Report) {
	p, found := compiler.Compile(s.name, s.text, s.options)
	return p, config.Report{File: s.name, Source: s.text, Findings: found}
}

// sources are the definitions in a file, or in standard input for "-": one, or
// those of a template of CloudFormation or SAM, of which TEMPLATE#ID names one. The
// Report is about the template: there is no source where that has errors.
func (a *app) sources(file string, o *compiler.Options) ([]source, config.Report, error) {
	path, id := splitTemplate(file)
	name, text, err := a.read(path)
	if err != nil {
		return nil, config.Report{}, usage(err)
	}
	r := config.Report{File: name, Source: text}
	if !cloudformation.Is(text) {
		if id != "" {
			return nil, r, usagef("%s is no template that declares state machines", path)
		}
		s := source{name: name, text: text, options: o}
		if path != "-" {
			s.workflow = workflowName(path)
		}
		return []source{s}, r, nil
	}
	machines, found := cloudformation.Parse(text, o.Set)
	r.Findings = found
	var all []source
	for _, m := range machines {
		if id != "" && m.ID != id {
			continue
		}
		s := source{name: name, text: m.Text, workflow: m.Name, inline: m.File == ""}
		with := *o
		with.Set, s.options = m.Set, &with
		if m.File != "" {
			s.name = filepath.Join(filepath.Dir(path), m.File)
			if s.text, err = os.ReadFile(s.name); err != nil {
				return nil, r, usagef("definition of %s in %s: %w", m.ID, name, err)
			}
		}
		all = append(all, s)
	}
	if id != "" && machines != nil && all == nil {
		return nil, r, usagef("%s declares no state machine %s", path, id)
	}
	return all, r, nil
}

// one is the definition in a file that is to have one.
func (a *app) one(file string, o *compiler.Options) (*source, config.Report, error) {
	all, r, err := a.sources(file, o)
	switch {
	case err != nil || len(all) == 0:
		return nil, r, err
	case len(all) > 1:
		return nil, r, usagef("%s declares %s: name one of them, as in %s#ID", file, counted(len(all), "state machine"), file)
	}
	return &all[0], r, nil
}

// splitTemplate is the path and the ID of TEMPLATE#ID.
func splitTemplate(file string) (path, id string) {
	if _, err := os.Stat(file); err == nil {
		return file, ""
	}
	path, id, _ = strings.Cut(file, "#")
	return path, id
}

// read is the name and text of a file, or of standard input for "-".
func (a *app) read(file string) (name string, text []byte, err error) {
	if file == "-" {
		if text, err = io.ReadAll(a.stdin); err != nil {
			return "", nil, fmt.Errorf("read standard input: %w", err)
		}
		return "<stdin>", text, nil
	}
	text, err = os.ReadFile(file)
	return file, text, err
}

// definition is the text as it is to be kept: what a template has among other things
// is laid out anew.
func (s *source) definition() string {
	if !s.inline {
		return string(s.text)
	}
	text := bytes.TrimSpace(s.text)
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil { // it is YAML, or has placeholders that are no strings
		return string(text)
	}
	b.WriteByte('\n')
	return b.String()
}

// filling is what is set of the placeholders that s has.
func (s *source) filling() map[string]string {
	set := maps.Clone(s.options.Set)
	maps.DeleteFunc(set, func(name, _ string) bool { return !strings.Contains(string(s.text), "${"+name+"}") })
	return set
}
