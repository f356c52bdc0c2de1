// Package suite tests workflows by data: a test file beside a definition names
// inputs, what tasks answer, and what is expected to happen. Executions run in
// the engine itself, on a virtual clock. Everything that is wrong with a file is
// found at once, each with its place.
package suite
