package conformance

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express"
)

// A Case is one recorded execution: a definition, an input, what its tasks
// answered, and how it went.
type Case struct {
	ID            string          `json:"id"`
	Area          string          `json:"area"`
	WorkflowType  string          `json:"workflow_type"`
	QueryLanguage []string        `json:"query_language"`
	ExpressOK     bool            `json:"express_ok"`
	Definition    json.RawMessage `json:"definition"`
	Input         json.RawMessage `json:"input"`
	Mocks         json.RawMessage `json:"mocks"`
	MocksMissing  bool            `json:"mocks_missing"`
	Expected      Expected        `json:"expected"`
	TaskInputs    []TaskInput     `json:"expected_task_inputs"`
	Events        []Event         `json:"expected_events"`
	Sorted        bool            `json:"parallel_events_sorted"`
	End           *Event          `json:"expected_end_event"` // all that was recorded of an asynchronous Express Workflow
	Logging       Logging         `json:"logging"`
	Logs          []Record        `json:"expected_logs"`
}

// Expected is how the execution ended.
type Expected struct {
	Status     string  `json:"status"`
	Output     any     `json:"output"`
	OutputText *string `json:"output_text"`
	Error      *string `json:"error"`
	Cause      any     `json:"cause"`
}

// A TaskInput is what a task was called with.
type TaskInput struct {
	State      string `json:"state"`
	Parameters any    `json:"parameters"`
	Input      any    `json:"input"`
}

// An Event is one event of the history, flattened. A member that the event does
// not have is nil.
type Event struct {
	ID                json.Number `json:"id"`
	Prev              json.Number `json:"prev"`
	Type              string      `json:"type"`
	Name              string      `json:"name"`
	Input             any         `json:"input"`
	Output            any         `json:"output"`
	AssignedVariables any         `json:"assignedVariables"`
	Error             any         `json:"error"`
	Cause             any         `json:"cause"`

	typ express.EventType // of one that happened here
}

// Logging is what a workflow logs.
type Logging struct {
	Level string `json:"level"`
	Data  bool   `json:"includeExecutionData"`
}

// A Record is the log record of an event.
type Record struct {
	ID      json.Number    `json:"id"`
	Prev    json.Number    `json:"previous_event_id"`
	Type    string         `json:"type"`
	Details map[string]any `json:"details"`
}

// JSONPath reports whether the case uses no other query language.
func (c *Case) JSONPath() bool {
	return !slices.Contains(c.QueryLanguage, "JSONata")
}

// Unusable is why the case cannot be run here, "" if it can.
func (c *Case) Unusable() string {
	switch {
	case !c.ExpressOK:
		return "not for Express"
	case c.Expected.Status == "RUNNING":
		return "the recording stops before the end"
	case c.MocksMissing:
		return "the answers of its tasks were not recorded"
	}
	return ""
}

// Load reads the cases below dir, which are the files of a folder called cases
// if there is one, in order of their ids.
func Load(dir string) ([]*Case, error) {
	if sub := filepath.Join(dir, "cases"); isDir(sub) {
		dir = sub
	}
	var cases []*Case
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c := new(Case)
		if err := json.Unmarshal(b, c); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if len(c.Definition) == 0 {
			return fmt.Errorf("read %s: there is no definition", path)
		}
		cases = append(cases, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(cases, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	return cases, nil
}

func isDir(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.IsDir()
}
