// Package mock stands in for the world of a machine under test: a virtual clock,
// and tasks that answer from data, be it the MockConfigFile.json of AWS Step
// Functions Local or a recording of an execution.
package mock
