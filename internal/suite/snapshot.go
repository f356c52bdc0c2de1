package suite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
)

// snapshotSuffix is what the file of the snapshots ends in, where a test file ends
// in one of suffixes.
const snapshotSuffix = ".snap.yaml"

// snapshots are what was recorded of the cases of a file: what is expected of them
// under the same keys as in the file itself.
type snapshots struct {
	path     string
	names    []string // in the order of the file
	recorded map[string]value.Value
	expected map[string]*Expect
}

// readSnapshots reads the snapshots at path; there need be none. It is nil if any
// of the findings is an error.
func readSnapshots(path string) (*snapshots, config.Report) {
	s := &snapshots{path: path, recorded: make(map[string]value.Value), expected: make(map[string]*Expect)}
	report := config.Report{File: path}
	src, err := readFile(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, report
	case err != nil:
		report.Findings = unreadable(err)
		return nil, report
	}
	r := new(reader)
	if root := r.Parse(src); root != nil {
		for k, v := range r.pairs(root) {
			e := new(Expect)
			section(r, v, expectKeys(), false, e)
			s.names = append(s.names, k.Value)
			s.expected[k.Value], s.recorded[k.Value] = e, r.value(v)
		}
	}
	report.Source, report.Findings = src, r.Found()
	if report.Findings.Err() != nil {
		return nil, report
	}
	return s, report
}

// check compares an execution with what was recorded of it, or records it.
func (s *snapshots) check(c *Case, p *play, update bool) ([]Failure, string) {
	if update {
		s.recorded[c.Name] = p.snapshot()
		return nil, ""
	}
	e := s.expected[c.Name]
	if e == nil {
		return nil, fmt.Sprintf("there is no snapshot of it in %s: --update records one", s.path)
	}
	failures := e.check(p)
	for i := range failures {
		failures[i].Key = "snapshot: " + failures[i].Key
	}
	return failures, ""
}

// snapshot is what is recorded of an execution.
func (p *play) snapshot() value.Value {
	var members []value.Member
	for i := range expectations {
		x := &expectations[i]
		if v := x.got(p); x.recorded && !v.IsNothing() {
			members = append(members, value.Member{Key: x.name, Val: v})
		}
	}
	return value.Object(members...)
}

// obsolete are the names of the snapshots that no case of f has.
func (s *snapshots) obsolete(f *File) []string {
	var names []string
	for _, name := range s.names {
		if c := f.Case(name); c == nil || !c.Snapshot {
			names = append(names, name)
		}
	}
	return names
}

// write writes the snapshots of the cases of f, in their order. The file is
// removed where there are none.
func (s *snapshots) write(f *File) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, c := range f.Cases {
		if v, ok := s.recorded[c.Name]; ok && c.Snapshot {
			root.Content = append(root.Content, scalarNode(value.String(c.Name)), dataNode(v, 0))
		}
	}
	if root.Content == nil {
		if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := yaml.Dump(root, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return fmt.Errorf("write %s: %w", s.path, err)
	}
	text = append([]byte("# What the cases of the test file beside this did: express test --update writes it.\n"), text...)
	if before, err := os.ReadFile(s.path); err == nil && bytes.Equal(before, text) {
		return nil
	}
	return os.WriteFile(s.path, text, 0o666)
}

// flowSize is how long data may be, in bytes of JSON, to stand on one line.
const flowSize = 100

// dataNode is v in YAML: on lines of its own what is long.
func dataNode(v value.Value, depth int) *yaml.Node {
	n := &yaml.Node{}
	if depth > 0 && v.Size() <= flowSize {
		n.Style = yaml.FlowStyle
	}
	switch v.Kind() {
	case value.KindObject:
		n.Kind = yaml.MappingNode
		for key, x := range v.Members() {
			n.Content = append(n.Content, scalarNode(value.String(key)), dataNode(x, depth+1))
		}
	case value.KindArray:
		n.Kind = yaml.SequenceNode
		for _, x := range v.Elements() {
			n.Content = append(n.Content, dataNode(x, depth+1))
		}
	default:
		return scalarNode(v)
	}
	return n
}

// tags are those of scalars; a string that reads like another is quoted.
var tags = map[value.Kind]string{
	value.KindNull: "!!null", value.KindBool: "!!bool", value.KindNumber: "!!float", value.KindString: "!!str",
}

func scalarNode(v value.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: tags[v.Kind()], Value: v.String()}
	switch v.Kind() {
	case value.KindString:
		n.Value = v.Text()
	case value.KindNumber:
		if _, whole := v.Int(); whole && !slices.ContainsFunc([]byte(n.Value), func(c byte) bool { return c == '.' || c == 'e' || c == 'E' }) {
			n.Tag = "!!int"
		}
	}
	return n
}
