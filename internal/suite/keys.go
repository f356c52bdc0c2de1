package suite

import (
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/document"
)

// Epoch is when an execution begins that does not say when.
var Epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// fileKeys is what a test file can set besides the defaults of its cases.
var fileKeys = append([]key[draft]{
	{"workflow", "path", "the definition; else the one that lies beside the file and has its name: `orders.asl.json`, `.asl.yaml`, `.asl.yml` or `orders.json` for `orders.test.yaml`",
		func(r *reader, n *yaml.Node, d *draft) { d.file.Workflow = r.path(n) }},
	{"set", "mapping", "what stands for `${Name}` in the definition, over what `express.yaml` says",
		func(r *reader, n *yaml.Node, d *draft) {
			d.file.Set = make(map[string]string)
			for k, v := range r.pairs(n) {
				d.file.Set[k.Value], _ = r.text(v)
			}
		}},
	{"snapshots", "path", "the file of the snapshots; else `orders.snap.yaml` for `orders.test.yaml`",
		func(r *reader, n *yaml.Node, d *draft) { d.file.Snapshot = r.path(n) }},
	{"cases", "list", "the cases",
		func(_ *reader, n *yaml.Node, d *draft) { d.cases = n }},
}, defaultKeys()...)

// defaultKeys are those of a case that a file can set for all of its cases.
func defaultKeys() []key[draft] {
	var keys []key[draft]
	for _, k := range caseKeys {
		if k.name != "name" {
			keys = append(keys, key[draft]{k.name, k.kind, k.help, func(r *reader, n *yaml.Node, d *draft) { k.read(r, n, &d.defaults) }})
		}
	}
	return keys
}

// caseKeys is what a case can set.
var caseKeys = []key[Case]{
	{"name", "text", "its name, which no other case of the file has",
		func(r *reader, n *yaml.Node, c *Case) { c.Name = parse(r, n, parseText) }},
	{"input", "any", "the input; else `{}`",
		func(r *reader, n *yaml.Node, c *Case) { c.Input = r.value(n) }},
	{"inputFile", "path", "a file that holds the input, as JSON or YAML",
		func(r *reader, n *yaml.Node, c *Case) { c.Input = r.inputFile(n) }},
	{"start", "time", "when the execution begins, on the virtual clock; else `2030-01-01T00:00:00Z`",
		func(r *reader, n *yaml.Node, c *Case) { c.Start = parse(r, n, parseTime) }},
	{"execution", "text", "the name of the execution; else `test`",
		func(r *reader, n *yaml.Node, c *Case) { c.Execution = parse(r, n, parseText) }},
	{"mocks", "mapping", "what tasks answer, by state: one answer for every call, or a list of answers; or `FILE#CASE`, a test case of a `MockConfigFile.json`",
		(*reader).mocks},
	{"expect", "mapping", "what is expected of the execution; that it succeeds, where nothing else is said",
		func(r *reader, n *yaml.Node, c *Case) { section(r, n, expectKeys(), false, &c.Expect) }},
	{"snapshot", "true or false", "whether the execution is as it was recorded: outcome, path, inputs of tasks and duration; `--update` records it",
		func(r *reader, n *yaml.Node, c *Case) { c.Snapshot = parse(r, n, parseBool) }},
}

// path is a path that the file gives, seen from the working directory.
func (r *reader) path(n *yaml.Node) string {
	path, _ := r.text(n)
	return r.from(path)
}

func (r *reader) from(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.dir, path)
}

// inputFile reads an input from the file that n names.
func (r *reader) inputFile(n *yaml.Node) value.Value {
	path := r.path(n)
	if path == "" {
		return value.Value{}
	}
	src, err := readFile(path, maxFile)
	if err != nil {
		r.Reportf(n, config.Unreadable, "%v", err)
		return value.Value{}
	}
	if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" {
		in := &reader{values: r.values}
		var v value.Value
		if root := in.Parse(src); root != nil {
			v = in.value(root)
		}
		r.values = in.values
		if err := in.Found().Err(); err != nil {
			r.Reportf(n, config.InvalidValue, "%s:%v", path, err)
		}
		return v
	}
	v, err := value.Parse(src)
	if err != nil {
		r.Reportf(n, config.InvalidValue, "%s is not acceptable JSON: %v", path, err)
	}
	return v
}

// mocks reads what tasks answer, over the defaults of c.
func (r *reader) mocks(n *yaml.Node, c *Case) {
	if n = document.Follow(n); n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
		c.Mocks, c.local = nil, r.localMocks(n)
		return
	}
	c.local = nil
	if c.Mocks == nil {
		c.Mocks = make(map[string][]mock.Rule)
	}
	for k, v := range r.pairs(n) {
		r.states = append(r.states, stateName{k, k.Value, true})
		answers := []*yaml.Node{v}
		if v.Kind == yaml.SequenceNode {
			if answers = v.Content; len(answers) == 0 {
				r.Reportf(v, config.InvalidValue, "expected answers but got none")
			}
		}
		rules := []mock.Rule{}
		for _, a := range answers {
			rules = append(rules, r.rule(a))
		}
		c.Mocks[k.Value] = rules
	}
}

// localMocks reads a reference to a test case of a MockConfigFile.json.
func (r *reader) localMocks(n *yaml.Node) *localMocks {
	path, name, ok := strings.Cut(n.Value, "#")
	if !ok {
		r.Reportf(n, config.InvalidValue, "expected a mapping or FILE#CASE but got %q", n.Value)
		return nil
	}
	l, err := readLocal(r.from(path), name)
	if err != nil {
		r.Reportf(n, config.InvalidValue, "%v", err)
		return nil
	}
	l.node = n
	return l
}

// An answer is a mock that is being read.
type answer struct {
	made        []mock.Rule // outcomes: there is to be one
	when        value.Value
	index       int // from 1
	times       int
	after, beat time.Duration
}

// answerKeys is what an answer of a mock can set.
var answerKeys = []key[answer]{
	{"return", "any", "the result of the task, before ResultSelector and ResultPath",
		func(r *reader, n *yaml.Node, a *answer) { a.made = append(a.made, mock.Return(r.value(n))) }},
	{"throw", "mapping", "the failure of the task: its `error`, and a `cause` if it has one",
		func(r *reader, n *yaml.Node, a *answer) {
			e := &express.Error{NoCause: true}
			if section(r, n, throwKeys, false, e); e.Name == "" && n.Kind == yaml.MappingNode {
				r.Reportf(n, config.MissingKey, "throw needs an error")
			}
			a.made = append(a.made, mock.Fail(e))
		}},
	{"never", "true", "no answer: the call waits for its timeout, or the end of the execution",
		func(r *reader, n *yaml.Node, a *answer) {
			if !parse(r, n, parseBool) && r.is(n, yaml.ScalarNode) {
				r.Reportf(n, config.InvalidValue, "never is true, or is left out")
			}
			a.made = append(a.made, mock.Never())
		}},
	{"times", "number", "how many calls it answers; else as many as fit, but one call where it has no condition and others follow",
		func(r *reader, n *yaml.Node, a *answer) { a.times = parse(r, n, parseCount(1)) }},
	{"when", "any", "condition: the input of the task has all that this has, objects member by member",
		func(r *reader, n *yaml.Node, a *answer) { a.when = r.value(n) }},
	{"index", "number", "condition: the iteration of the innermost Map around the state, from 0",
		func(r *reader, n *yaml.Node, a *answer) { a.index = parse(r, n, parseCount(0)) + 1 }},
	{"after", "duration", "how long the answer takes, on the virtual clock",
		func(r *reader, n *yaml.Node, a *answer) { a.after = parse(r, n, parseDuration) }},
	{"heartbeat", "duration", "how often a heartbeat comes until then",
		func(r *reader, n *yaml.Node, a *answer) { a.beat = parse(r, n, parseDuration) }},
}

// throwKeys is what the failure of a task has.
var throwKeys = []key[express.Error]{
	{"error", "text", "its name, which Retry and Catch match",
		func(r *reader, n *yaml.Node, e *express.Error) { e.Name = parse(r, n, parseText) }},
	{"cause", "any", "its cause; what is no text stands for its JSON, as what a Lambda function threw",
		func(r *reader, n *yaml.Node, e *express.Error) {
			v := r.value(n)
			if e.Cause, e.NoCause = v.Text(), false; v.Kind() != value.KindString {
				e.Cause = v.String()
			}
		}},
}

// rule reads one answer.
func (r *reader) rule(n *yaml.Node) mock.Rule {
	n = document.Follow(n)
	var a answer
	section(r, n, answerKeys, false, &a)
	if len(a.made) != 1 {
		if n.Kind == yaml.MappingNode {
			r.Reportf(n, config.InvalidValue, "an answer has one of return, throw and never, but here are %d of them", len(a.made))
		}
		return mock.Rule{}
	}
	return a.made[0].When(a.when).Item(a.index - 1).Times(a.times).After(a.after).Heartbeat(a.beat)
}
