package jsonata

// An Op is what one instruction does.
type Op uint8

// The instructions. Those of two operands pop the second only if B does not say
// that it is a constant. "top" is the cell on top of the stack; "item" is the context
// ($) of a loop; "result" is what a step of a path yields for one item: an array
// in it stands for its elements.
const (
	opConst Op = iota
	opUndefined
	opContext
	opInput
	opRoot
	opLocal
	opBoxed
	opUp
	opLocalOr
	opBoxedOr
	opUpOr
	opExternal
	opGroupVar
	opFunc
	opSet
	opSetBox
	opFresh
	opFreshBox
	opBox
	opClosure
	opRegex
	opPop
	opJump
	opIfFalse
	opAnd
	opOr
	opElvis
	opCoalesce
	opIfEmpty
	opBool
	opAdd
	opSub
	opMul
	opDiv
	opMod
	opNegate
	opConcat
	opEqual
	opUnequal
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opIn
	opRange
	opOpen
	opPut
	opSpread
	opArray
	opEnter
	opObject
	opField
	opFields
	opFieldsOf
	opWildcard
	opDescendants
	opIter
	opNext
	opAgain
	opEmit
	opClose
	opPathEnd
	opNorm
	opFilter
	opWhere
	opSelect
	opSelected
	opIndex
	opSort
	opSorted
	opTuples
	opRows
	opBindRow
	opNumber
	opKeepRow
	opRowsEnd
	opUntuple
	opGroup
	opKey
	opGroups
	opMember
	opCall
	opInvoke
	opTail
	opPartial
	opApply
	opClone
	opUpdate
	opDelete
	opReturn

	opEnd
)

// An operand says what a field of an instruction means, for the listing.
type operand uint8

const (
	none operand = iota
	aConst
	aName
	aSlot
	aCapture
	aExternal
	aGroupVar
	aFunc
	aRegex
	aCallee
	aProto
	aPC
	aCount
	aNames
	aSort
	aTuple
	aGroup
	aHoles
	aColumn
	aFlags
	aOp      // an instruction
	aOperand // a constant in the place of the second operand, 0 if that is on the stack
)

// An opRow is the row of an Op: its name, what A, B and C are, and what it does.
type opRow struct {
	name    string
	a, b, c operand
	doc     string
}

var ops = [opEnd]opRow{
	opConst:        {"const", aConst, none, none, "push constant A"},
	opUndefined:    {"undefined", none, none, none, "push undefined"},
	opContext:      {"context", none, none, none, "push $"},
	opInput:        {"input", none, none, none, "push the context as a path sees it: an input that is an array is one item"},
	opRoot:         {"root", none, none, none, "push $$"},
	opLocal:        {"local", aSlot, none, none, "push the variable in slot A"},
	opBoxed:        {"boxed", aSlot, none, none, "push the captured variable in slot A"},
	opUp:           {"up", aCapture, none, none, "push variable A of those the lambda captured"},
	opLocalOr:      {"local?", aSlot, aPC, none, "push the variable in slot A and go to B, if it is bound"},
	opBoxedOr:      {"boxed?", aSlot, aPC, none, "push the captured variable in slot A and go to B, if it is bound"},
	opUpOr:         {"up?", aCapture, aPC, none, "push captured variable A and go to B, if it is bound"},
	opExternal:     {"external", aExternal, none, none, "push variable A of Options.Vars"},
	opGroupVar:     {"object-of", aGroupVar, none, none, "push the object of the variables of group A"},
	opFunc:         {"function", aFunc, none, none, "push function A of the library"},
	opSet:          {"set", aSlot, none, none, "bind top to slot A; it stays"},
	opSetBox:       {"set-box", aSlot, none, none, "bind top to the captured variable in slot A; it stays"},
	opFresh:        {"fresh", aSlot, none, none, "slot A is not bound"},
	opFreshBox:     {"fresh-box", aSlot, none, none, "slot A is a new captured variable, not bound"},
	opBox:          {"box", aSlot, none, none, "what slot A holds becomes a captured variable"},
	opClosure:      {"closure", aProto, none, none, "push a function made of lambda A, the context and the variables it captures"},
	opRegex:        {"regex", aRegex, none, none, "push the function of regular expression A"},
	opPop:          {"pop", none, none, none, "drop top"},
	opJump:         {"jump", aPC, none, none, "go to A"},
	opIfFalse:      {"if-false", aPC, none, none, "pop; go to A if it is false"},
	opAnd:          {"and", aPC, none, none, "pop; if it is false push false and go to A"},
	opOr:           {"or", aPC, none, none, "pop; if it is true push true and go to A"},
	opElvis:        {"elvis", aPC, none, none, "go to A if top is true, else pop"},
	opCoalesce:     {"coalesce", aPC, none, none, "go to A if top is not undefined, else pop"},
	opIfEmpty:      {"if-empty", aPC, none, none, "go to A if top is an array of nothing"},
	opBool:         {"bool", none, none, none, "top becomes true or false"},
	opAdd:          {"add", none, aOperand, none, "pop two numbers, push their sum"},
	opSub:          {"sub", none, aOperand, none, "pop two numbers, push their difference"},
	opMul:          {"mul", none, aOperand, none, "pop two numbers, push their product"},
	opDiv:          {"div", none, aOperand, none, "pop two numbers, push their quotient"},
	opMod:          {"mod", none, aOperand, none, "pop two numbers, push the remainder"},
	opNegate:       {"negate", none, none, none, "negate top"},
	opConcat:       {"concat", none, none, none, "pop two, push the string of both"},
	opEqual:        {"equal", none, aOperand, none, "pop two, push whether they are deeply equal"},
	opUnequal:      {"unequal", none, aOperand, none, "pop two, push whether they are not equal"},
	opLess:         {"less", none, aOperand, none, "pop two, push whether the first is less"},
	opLessEqual:    {"less-equal", none, aOperand, none, "pop two, push whether the first is not greater"},
	opGreater:      {"greater", none, aOperand, none, "pop two, push whether the first is greater"},
	opGreaterEqual: {"greater-equal", none, aOperand, none, "pop two, push whether the first is not less"},
	opIn:           {"in", none, none, none, "pop two, push whether the second has the first as an element"},
	opRange:        {"range", none, none, aFlags, "pop two whole numbers, push the sequence (or, by cons, the array) from one to the other"},
	opOpen:         {"open", none, none, none, "what is kept from here on is gathered"},
	opPut:          {"put", none, none, none, "keep top as an element, if it is not undefined"},
	opSpread:       {"spread", none, none, none, "keep the elements of top"},
	opArray:        {"array", none, none, aFlags, "push the array of what was gathered"},
	opEnter:        {"enter", none, none, none, "push the context; where it is an array, it becomes what grouping its items makes of it"},
	opObject:       {"object", aNames, none, none, "pop a value for each of names A and the context; push the object"},
	opField:        {"field", aNames, none, aFlags, "push the result of the one name A from the context"},
	opFields:       {"fields", aNames, none, aFlags, "push the result of the path of names A from the context"},
	opFieldsOf:     {"fields-of", aNames, none, aFlags, "pop a result; push that of the path of names A from it"},
	opWildcard:     {"wildcard", none, none, none, "push the values of the context's members"},
	opDescendants:  {"descendants", none, none, none, "push the context and all that it holds"},
	opIter:         {"iter", none, none, aFlags, "pop; loop over its items"},
	opNext:         {"next", aPC, none, none, "the next item is the context; at the end, restore it and go to A"},
	opAgain:        {"again", aPC, none, none, "the next item is the context, go to A; at the end, restore it"},
	opEmit:         {"emit", none, none, none, "pop a result; keep its elements"},
	opClose:        {"close", none, none, aFlags, "push the sequence of what was gathered"},
	opPathEnd:      {"path-end", none, none, aFlags, "top is the result of a path's last step; it becomes the path's"},
	opNorm:         {"norm", none, none, aFlags, "a sequence of none or one on top collapses"},
	opFilter:       {"filter", none, none, none, "pop; gather from a loop over its items"},
	opWhere:        {"where", aNames, aConst, aOp, "pop; push the sequence of the items whose one name A compares by C with constant B"},
	opSelect:       {"select", none, none, none, "pop a predicate's value; keep the item if it is true or the item's index"},
	opSelected:     {"selected", none, none, aFlags, "push the sequence of the items kept"},
	opIndex:        {"index", aConst, none, aFlags, "pop; push the item at index A, from the end if it is negative"},
	opSort:         {"sort", aSort, aPC, aFlags, "pop; loop over its items, whose values of the terms of A stay; if there are fewer than two items, push it back and go to B"},
	opSorted:       {"sorted", aSort, none, none, "push the array of the items in the order of A"},
	opTuples:       {"tuples", aTuple, none, aFlags, "pop; push a row of bindings for each item"},
	opRows:         {"rows", aTuple, none, none, "pop rows; loop over them, binding their variables"},
	opBindRow:      {"bind-row", aTuple, aColumn, none, "pop a result; keep a row for each element, with bindings B"},
	opNumber:       {"number", aTuple, aColumn, none, "number the rows on top, in column B"},
	opKeepRow:      {"keep-row", aTuple, none, none, "pop a predicate's value; keep the row if it is true or the row's index"},
	opRowsEnd:      {"rows-end", aTuple, none, none, "push the rows kept"},
	opUntuple:      {"untuple", none, none, none, "pop rows; push the sequence of their items"},
	opGroup:        {"group", aGroup, none, aFlags, "pop; loop over its items for their keys"},
	opKey:          {"key", aGroup, aCount, none, "pop a key, for which the item is in a group of pair B"},
	opGroups:       {"groups", aGroup, aPC, none, "the next group is the context, go to its value; at the end, push the object and go to B"},
	opMember:       {"member", none, none, none, "pop the value of the group"},
	opCall:         {"call", aFunc, aCount, aFlags, "call function A of the library with B arguments"},
	opInvoke:       {"invoke", aCount, aCallee, aFlags, "call the function under A arguments"},
	opTail:         {"tail", aCount, aCallee, aFlags, "call the function under A arguments, in place of this one"},
	opPartial:      {"partial", aHoles, aCallee, aFlags, "push the function under the arguments A, with those bound that are no holes"},
	opApply:        {"apply", none, none, aFlags, "pop a function and what is under it: call it with that, or chain two functions"},
	opClone:        {"clone", none, none, none, "pop the argument of a transform and the function that copies; the copy is the context and in slot 1"},
	opUpdate:       {"update", none, none, none, "pop an object; set its members in the item"},
	opDelete:       {"delete", none, none, none, "pop names; remove those members of the item"},
	opReturn:       {"return", none, none, none, "top is the value of the lambda or the expression"},
}

// String is the name of op.
func (op Op) String() string { return ops[op].name }
