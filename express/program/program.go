package program

import (
	"slices"
	"time"
	"unsafe"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// A Program is a compiled state machine: one flat slice of instructions and the
// tables they index. It is immutable, and safe for any number of executions.
// Execution starts at Code[0] in Scopes[0].
//
// Entry 0 of Exprs is nil: an ID of 0 means that there is no expression.
type Program struct {
	Name    string
	Comment string
	Code    []Instr
	Pos     []Pos   // Pos[pc] is the place in the definition that Code[pc] came from
	States  []State // in source order, branches and item processors included
	Consts  []value.Value
	Exprs   []template.Expr
	Paths   []Path // ResultPath
	Rules   []Rule // Choice, JSONPath form, flattened And/Or/Not
	Tables  []Table
	Assigns []Assign
	Tasks   []Task
	Waits   []Wait
	Forks   []Fork
	Maps    []Map
	Fails   []Fail
	Scopes  []Scope
	Timeout time.Duration // 0 for none but the engine's own bound
}

// An Instr is one instruction: 16 bytes, four to a cache line.
type Instr struct {
	Op      Op
	Flag    uint8
	A, B, C uint32 // see the row of Op in ops
}

var _ = [1]int{}[unsafe.Sizeof(Instr{})-16]

type (
	// A Pos is a place in the text of a definition, both from 1.
	Pos struct{ Line, Col uint32 }
	// A PC is an index into Code.
	PC = uint32
	// An ID is an index into one of the tables.
	ID = uint32
)

// A State carries what handling an error needs; its instructions are
// Code[Entry:End], handlers of its catchers included.
type State struct {
	Name       string
	Type       StateType
	JSONata    bool
	Entry, End PC
	Retry      []Retrier
	Catch      []Catcher
}

// A StateType is one of the eight types of states.
type StateType uint8

const (
	TypeTask StateType = iota
	TypeParallel
	TypeMap
	TypePass
	TypeWait
	TypeChoice
	TypeSucceed
	TypeFail
)

var stateTypes = [...]string{"Task", "Parallel", "Map", "Pass", "Wait", "Choice", "Succeed", "Fail"}

// String is the name of t in the States Language.
func (t StateType) String() string { return stateTypes[t] }

// StateTypeByName is the type that a definition calls name.
func StateTypeByName(name string) (StateType, bool) {
	i := slices.Index(stateTypes[:], name)
	return StateType(max(i, 0)), i >= 0
}

// A Retrier says which errors of a state are tried again, and when.
type Retrier struct {
	Errors   []string
	Interval time.Duration
	MaxDelay time.Duration // 0 for none
	Backoff  float64
	Max      int
	Jitter   bool // FULL
}

// A Catcher says where an execution goes on after an error: at Handler, with
// the error output as current value. The handler's instructions do the Assign
// and ResultPath or Output, and exit the state.
type Catcher struct {
	Errors  []string
	Handler PC
}

// A Path is where a result goes in the input: a ResultPath other than $ and
// null.
type Path interface {
	// Put is root with x at the path. Its error is a *template.Failure.
	Put(a *value.Arena, root, x value.Value) (value.Value, error)
	String() string
}

// A Rule is one data test of a Choice: Variable Op Operand.
type Rule struct {
	Op       RuleOp
	Variable ID          // Expr
	Path     ID          // Expr, the operand of a ...Path operator
	Operand  value.Value // of the others
}

// A Table is a Choice among equal constants of one variable.
type Table struct {
	Variable ID            // Expr
	Strings  map[string]PC // by StringEquals
	Numbers  map[float64]PC
}

// An Assign gives a value to a variable, visible from the next state on.
type Assign struct {
	Name string
	Slot uint32
	Expr ID
}

// A Task is what a Task state calls.
type Task struct {
	Kind     string  // which Invoker: "nats:request", "http", "func", "lambda", "aws"
	Target   string  // what it calls: a subject, a function name, service:action
	Resource string  // as written
	Service  string  // resourceType of events: "lambda", "aws-sdk:dynamodb"; "" for a direct Lambda function
	Action   string  // resource of events: "invoke", "sendMessage.waitForTaskToken"
	Pattern  Pattern // request-response, run a job, callback
	Timeout  ID      // Expr, seconds
	Beat     ID      // Expr, seconds
	Role     ID      // Expr, Credentials.RoleArn
}

// A Pattern is a service integration pattern.
type Pattern uint8

const (
	Request Pattern = iota // request and response
	Sync                   // run a job: .sync
	Sync2                  // run a job, output parsed: .sync:2
	Token                  // callback: .waitForTaskToken
)

// A Wait says how a Wait state knows for how long. Exactly one of them is set.
type Wait struct {
	Seconds   ID     // Expr
	Timestamp ID     // Expr
	Path      string // as written, for causes: SecondsPath, TimestampPath
}

// A Fork is a Parallel state: the entries of its branches and their scopes.
type Fork struct {
	Entries []PC
	Scopes  []ID
}

// A Map is a Map state with an inline processor.
type Map struct {
	Entry       PC
	Scope       ID
	Items       ID     // Expr, 0 for the effective input
	Item        ID     // Expr of ItemSelector, 0 for the item itself
	Concurrency ID     // Expr, 0 for none
	Count       ID     // Expr of ToleratedFailureCount
	Percentage  ID     // Expr of ToleratedFailurePercentage
	ItemsPath   string // as written, for causes
}

// A Fail is what a Fail state says; either may be 0.
type Fail struct{ Error, Cause ID }

// A Scope is the variables that the states of one States object assign, by
// slot. Scopes[0] is that of the machine.
type Scope struct{ Names []string }
