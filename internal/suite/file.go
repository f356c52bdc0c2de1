package suite

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/document"
)

// A File is a test file: cases of one workflow. It is immutable once it was read.
type File struct {
	Path     string
	Workflow string            // path of the definition, "" for the one beside the file
	Set      map[string]string // ${Name} in the definition
	Snapshot string            // path of the snapshots
	Cases    []*Case

	source []byte
	states []stateName
}

// A Case is one execution, and what is expected of it.
type Case struct {
	Name      string
	Line      int
	Input     value.Value
	Start     time.Time
	Execution string // name
	Mocks     map[string][]mock.Rule
	local     *localMocks // in the place of Mocks, nil if there are none
	Expect    Expect
	Snapshot  bool // what is not in Expect is as it was recorded
}

// localMocks are a test case of a MockConfigFile.json.
type localMocks struct {
	path   string
	config *mock.Config
	name   string
	node   *yaml.Node // that names it, nil if none does
}

// LocalCase is the test case name of the MockConfigFile.json at path.
func LocalCase(path, name string) (*Case, error) {
	l, err := readLocal(path, name)
	if err != nil {
		return nil, err
	}
	return &Case{Name: name, local: l}, nil
}

func readLocal(path, name string) (*localMocks, error) {
	src, err := readFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	all, err := mock.ParseConfig(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &localMocks{path: path, config: all, name: name}, nil
}

// suffixes are what test files end in.
var suffixes = []string{".test.yaml", ".test.yml", ".test.json"}

// IsTest reports whether a file of this name is a test file.
func IsTest(name string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// stem is path without what a test file ends in.
func stem(path string) string {
	for _, s := range suffixes {
		if rest, ok := strings.CutSuffix(path, s); ok {
			return rest
		}
	}
	return path
}

// maxFile bounds a test file, in bytes: thousands of cases with small inputs;
// large ones have files of their own.
const maxFile = 16 << 20

// Read reads the test file at path, but for the definition that it tests. The
// File is nil if the findings have an error.
func Read(path string) (*File, config.Report) {
	report := config.Report{File: path}
	src, err := readFile(path, maxFile)
	if err != nil {
		report.Findings = unreadable(err)
		return nil, report
	}
	f, found := parseFile(path, src)
	report.Source, report.Findings = src, found
	if report.Findings.Err() != nil {
		return nil, report
	}
	return f, report
}

func unreadable(err error) compiler.Diagnostics {
	return compiler.Diagnostics{{Code: config.Unreadable, Message: err.Error()}}
}

// readFile is the contents of a file, at most most bytes.
func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("it is longer than %d bytes", most)
	}
	return b, err
}

func parseFile(path string, src []byte) (*File, compiler.Diagnostics) {
	r := &reader{dir: filepath.Dir(path)}
	d := draft{file: &File{Path: path, source: src, Snapshot: stem(path) + snapshotSuffix}}
	d.defaults = Case{Input: value.Object(), Start: Epoch, Execution: "test"}
	root := r.Parse(src)
	if root != nil {
		section(r, root, fileKeys, true, &d)
		r.oneInput(root)
	}
	if d.cases != nil {
		d.read(r)
	} else if r.Found().Err() == nil {
		r.Reportf(root, config.MissingKey, "a test file needs cases")
	}
	d.file.states = r.states
	return d.file, r.Found()
}

// A draft is a file that is being read.
type draft struct {
	file     *File
	defaults Case
	cases    *yaml.Node
}

// read reads the cases, once the defaults are known.
func (d *draft) read(r *reader) {
	if !r.is(d.cases, yaml.SequenceNode) {
		return
	}
	lines := make(map[string]int)
	for _, n := range d.cases.Content {
		n = document.Follow(n)
		c := d.defaults
		c.Line = n.Line
		c.Mocks = maps.Clone(c.Mocks)
		section(r, n, caseKeys, false, &c)
		r.oneInput(n)
		switch {
		case n.Kind != yaml.MappingNode:
		case c.Name == "":
			r.Reportf(n, config.MissingKey, "a case needs a name")
		case lines[c.Name] > 0:
			r.Reportf(n, config.DuplicateKey, "the case %q is there twice: the first is on line %d", c.Name, lines[c.Name])
		}
		lines[c.Name] = n.Line
		d.file.Cases = append(d.file.Cases, &c)
	}
	if len(d.cases.Content) == 0 {
		r.Reportf(d.cases, config.MissingKey, "a test file needs cases")
	}
}

// oneInput reports a mapping that gives both an input and a file of it.
func (r *reader) oneInput(n *yaml.Node) {
	var given []*yaml.Node
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if k := n.Content[i]; k.Value == "input" || k.Value == "inputFile" {
			given = append(given, k)
		}
	}
	if len(given) == 2 && given[0].Value != given[1].Value {
		r.Reportf(given[1], config.DuplicateKey, "%s is given besides %s: one is the input", given[1].Value, given[0].Value)
	}
}

// Case is the case that has this name, nil if there is none.
func (f *File) Case(name string) *Case {
	for _, c := range f.Cases {
		if c.Name == name {
			return c
		}
	}
	return nil
}
