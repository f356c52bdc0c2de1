// Package jsonata is the query and transformation language [JSONata], compiled
// ahead of time and bounded in time and memory.
//
//	e, err := jsonata.Compile(`order.lines[price > 3].{"sku": sku, "total": price * qty}`, nil)
//	...
//	v, err := e.Eval(input)
//
// # What it is
//
// The language is that of version 2.2, whole: paths with their rules for
// sequences, predicates, wildcards, the parent operator, order-by, grouping,
// bindings of context (@) and index (#), transforms, lambdas with closures,
// partial application, chaining, tail calls, signatures, regular expressions,
// and the library with its pictures of numbers, integers and times. $eval is an
// option. [Options.StepFunctions] is the environment of AWS Step Functions.
//
// # How it works
//
// [Compile] cuts the text into tokens, parses it by operator precedence, rewrites
// dots into paths, folds constants, gives every variable a slot, and lowers what
// is left to one flat slice of instructions. [Expr.Listing] prints it:
//
//	0  iter          first
//	...
//
// An [Expr] does not change and serves any number of goroutines. [Expr.Run] takes
// a machine from a pool: a stack of cells on which the instructions work. A cell
// is a [value.Value], or a box for what JSON has no word for: a sequence, which
// collapses when it has one element, a function, or an object that holds either.
// No box gets out.
//
// # Bounds
//
// A [Budget] bounds steps, memory, depth of calls, length of sequences, and time.
// It is looked at in every loop and call, tail calls included, and by everything
// that makes a string or an array before it is made. A runaway expression ends in
// an [*Error] with the code [CodeLimit]; it cannot exhaust the stack of the
// process. Regular expressions are RE2's: linear in time, without look-around and
// back-references, which are refused by [Compile].
//
// # Where it differs from the reference
//
//   - A number that is not finite is an error (D1001) where it arises, not where
//     it is next used.
//   - Members of an object keep the order in which they were made. JavaScript
//     puts names that are whole numbers first.
//   - The offset of an [Error] is that of the first byte of the token.
//   - A predicate on an array constructor at the start of a path, and bindings of
//     it, see its elements: [{"x": 1}][0].x is 1.
//   - Empty brackets keep their meaning in the last expression of a lambda.
//   - Time zones west of Greenwich may have minutes.
//
// [JSONata]: https://docs.jsonata.org
package jsonata
