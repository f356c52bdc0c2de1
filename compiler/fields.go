package compiler

import (
	"iter"
	"math"
	"slices"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
)

// An owner is a kind of object that has fields; as a set, those that have one.
type owner uint32

const (
	inTask     owner = 1 << program.TypeTask
	inParallel owner = 1 << program.TypeParallel
	inMap      owner = 1 << program.TypeMap
	inPass     owner = 1 << program.TypePass
	inWait     owner = 1 << program.TypeWait
	inChoice   owner = 1 << program.TypeChoice
	inSucceed  owner = 1 << program.TypeSucceed
	inFail     owner = 1 << program.TypeFail

	inMachine owner = 1 << (8 + iota)
	inBranch
	inProcessor
	inConfig // ProcessorConfig
	inRetrier
	inCatcher
	inRule // of a Choice, at the top level
	inTest // a rule within And, Or or Not

	inCalls  = inTask | inParallel | inMap // what can fail and be tried again
	inMoves  = inCalls | inPass | inWait   // what has a Next or an End
	inFlows  = inMoves | inChoice | inSucceed
	inStates = inFlows | inFail
	inBodies = inMachine | inBranch | inProcessor
)

// A field is a field of a definition: where it may stand, in which query
// language, and what its value has to be.
type field struct {
	name  string
	in    owner
	lang  language
	check func(*checker, *node)
}

// Ranges of the States Language's numbers, in seconds or attempts.
const (
	maxSeconds  = 99_999_999
	maxDelay    = 31_622_400 // 366 days
	maxAttempts = 99_999_999
)

// fields is the language (sections 1.3 to 1.5, 6 and 7 of the States Language,
// and what AWS accepts beyond): one row a field and kind of value.
var fields = []field{
	{"Comment", inStates | inMachine | inBranch | inProcessor | inRetrier | inCatcher | inRule | inTest, both, (*checker).anything},
	{"StartAt", inBodies, both, (*checker).target},
	{"States", inBodies, both, (*checker).statesObject},
	{"Version", inMachine, both, oneOf("1.0")},
	{"QueryLanguage", inMachine | inStates, both, oneOf("JSONPath", "JSONata")},
	{"TimeoutSeconds", inMachine, both, whole(1, maxSeconds)},
	{"ProcessorConfig", inProcessor, both, object(inConfig)},
	{"Mode", inConfig, both, (*checker).mode},
	{"ExecutionType", inConfig, both, oneOf("STANDARD", "EXPRESS")},

	{"Type", inStates, both, (*checker).anything}, // by checkState
	{"Next", inMoves | inCatcher | inRule, both, (*checker).target},
	{"End", inMoves, both, (*checker).end},
	{"InputPath", inFlows, jsonPath, pathOf(template.InputPath)},
	{"OutputPath", inFlows, jsonPath, pathOf(template.OutputPath)},
	{"Parameters", inTask | inParallel | inPass, jsonPath, (*checker).payload},
	{"ResultSelector", inCalls, jsonPath, (*checker).payload},
	{"ResultPath", inCalls | inPass | inCatcher, jsonPath, (*checker).resultPath},
	{"Arguments", inTask | inParallel, jsonata, (*checker).expression},
	{"Output", inFlows | inCatcher | inRule, jsonata, (*checker).expression},
	{"Assign", inMoves | inChoice | inCatcher | inRule, both, (*checker).assign},
	{"Retry", inCalls, both, list(inRetrier, 0)},
	{"Catch", inCalls, both, list(inCatcher, 0)},

	{"Resource", inTask, both, (*checker).resource},
	{"Credentials", inTask, both, (*checker).credentials},
	{"TimeoutSeconds", inTask, both, whole(1, maxSeconds)},
	{"TimeoutSecondsPath", inTask, jsonPath, pathOf(template.TimeoutSecondsPath)},
	{"HeartbeatSeconds", inTask, both, (*checker).heartbeat},
	{"HeartbeatSecondsPath", inTask, jsonPath, pathOf(template.HeartbeatSecondsPath)},

	{"Result", inPass, jsonPath, (*checker).result},

	{"Seconds", inWait, both, whole(0, maxSeconds)},
	{"SecondsPath", inWait, jsonPath, pathOf(template.SecondsPath)},
	{"Timestamp", inWait, both, (*checker).timestamp},
	{"TimestampPath", inWait, jsonPath, pathOf(template.TimestampPath)},

	{"Choices", inChoice, both, list(inRule, 1)},
	{"Default", inChoice, both, (*checker).target},
	{"Condition", inRule, jsonata, (*checker).condition},
	{"Variable", inRule | inTest, jsonPath, (*checker).variable},
	{"And", inRule | inTest, jsonPath, list(inTest, 1)},
	{"Or", inRule | inTest, jsonPath, list(inTest, 1)},
	{"Not", inRule | inTest, jsonPath, object(inTest)},

	{"Error", inFail, both, (*checker).message},
	{"ErrorPath", inFail, jsonPath, pathOf(template.ErrorPath)},
	{"Cause", inFail, both, (*checker).message},
	{"CausePath", inFail, jsonPath, pathOf(template.CausePath)},

	{"Branches", inParallel, both, (*checker).branches},

	{"ItemProcessor", inMap, both, (*checker).anything}, // with the states in it, as Branches
	{"Iterator", inMap, both, (*checker).anything},
	{"ItemsPath", inMap, jsonPath, pathOf(template.ItemsPath)},
	{"Items", inMap, jsonata, (*checker).items},
	{"ItemSelector", inMap, both, (*checker).selector},
	{"Parameters", inMap, jsonPath, (*checker).payload},
	{"MaxConcurrency", inMap, both, whole(0, maxSeconds)},
	{"MaxConcurrencyPath", inMap, jsonPath, pathOf(template.MaxConcurrencyPath)},
	{"ToleratedFailureCount", inMap, both, whole(0, maxSeconds)},
	{"ToleratedFailureCountPath", inMap, jsonPath, pathOf(template.ToleratedFailureCountPath)},
	{"ToleratedFailurePercentage", inMap, both, number(0, 100)},
	{"ToleratedFailurePercentagePath", inMap, jsonPath, pathOf(template.ToleratedFailurePercentagePath)},
	{"ItemReader", inMap, both, (*checker).distributed},
	{"ItemBatcher", inMap, both, (*checker).distributed},
	{"ResultWriter", inMap, both, (*checker).distributed},
	{"Label", inMap, both, (*checker).distributed},

	{"ErrorEquals", inRetrier | inCatcher, both, (*checker).errorNames},
	{"IntervalSeconds", inRetrier, both, whole(1, maxSeconds)},
	{"MaxAttempts", inRetrier, both, whole(0, maxAttempts)},
	{"BackoffRate", inRetrier, both, number(1, math.MaxFloat64)},
	{"MaxDelaySeconds", inRetrier, both, whole(1, maxDelay)},
	{"JitterStrategy", inRetrier, both, oneOf("FULL", "NONE")},
}

// required are the fields that an object must have, in AWS's order.
var required = []struct {
	in    owner
	lang  language
	names []string
}{
	{inBodies, both, []string{"States", "StartAt"}},
	{inTask, both, []string{"Resource"}},
	{inChoice, both, []string{"Choices"}},
	{inParallel, both, []string{"Branches"}},
	{inRetrier, both, []string{"ErrorEquals"}},
	{inCatcher, both, []string{"ErrorEquals", "Next"}},
	{inRule, both, []string{"Next"}},
	{inRule, jsonata, []string{"Condition"}},
}

// alternatives are fields of which an object may have one; must, if it has to.
var alternatives = []struct {
	in    owner
	must  bool
	names []string
}{
	{inMoves, true, []string{"Next", "End"}},
	{inTask, false, []string{"TimeoutSeconds", "TimeoutSecondsPath"}},
	{inTask, false, []string{"HeartbeatSeconds", "HeartbeatSecondsPath"}},
	{inWait, true, []string{"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}},
	{inFail, false, []string{"Error", "ErrorPath"}},
	{inFail, false, []string{"Cause", "CausePath"}},
	{inMap, true, []string{"ItemProcessor", "Iterator"}},
	{inMap, false, []string{"ItemSelector", "Parameters"}},
	{inMap, false, []string{"MaxConcurrency", "MaxConcurrencyPath"}},
	{inMap, false, []string{"ToleratedFailureCount", "ToleratedFailureCountPath"}},
	{inMap, false, []string{"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"}},
}

// rows are the rows of fields and one for each operator of a rule, all and by
// name. They are filled in at start-up, because checks in fields need them.
var rows struct {
	all    []*field
	byName map[string][]*field
}

func init() {
	rows.byName = make(map[string][]*field)
	add := func(f *field) {
		rows.all = append(rows.all, f)
		rows.byName[f.name] = append(rows.byName[f.name], f)
	}
	for i := range fields {
		add(&fields[i])
	}
	for o := program.StringEquals; o <= program.IsTimestamp; o++ {
		for _, name := range []string{o.String(), o.String() + "Path"} {
			if op, ok := program.RuleOpByName(name); ok {
				add(&field{name, inRule | inTest, jsonPath, operator(op)})
			}
		}
	}
}

// fieldOf is the field of an owner called name, nil if it has none.
func fieldOf(in owner, name string) *field {
	named := rows.byName[name]
	if i := slices.IndexFunc(named, func(f *field) bool { return f.in&in != 0 }); i >= 0 {
		return named[i]
	}
	return nil
}

// fieldNames are the fields that an owner may have in a language.
func fieldNames(in owner, l language) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range rows.all {
			if f.in&in != 0 && f.lang&l != 0 && !yield(f.name) {
				return
			}
		}
	}
}
