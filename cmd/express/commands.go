package main

import "github.com/spf13/cobra"

// The groups of commands, as help shows them.
const (
	definitions = "Definitions"
	serving     = "Serving"
	events      = "Events"
	observing   = "Observing"
	other       = "Other"
)

// commands holds a row for every command, in the order help shows them; the
// rows of a group stand together. Each has its own file and script.
var commands = []struct {
	group   string
	command func(*app) *cobra.Command
}{
	{definitions, (*app).compileCommand},
	{definitions, (*app).validateCommand},
	{definitions, (*app).runCommand},
	{definitions, (*app).testCommand},
	{definitions, (*app).testStateCommand},
	{definitions, (*app).evalCommand},
	{definitions, (*app).graphCommand},
	{serving, (*app).devCommand},
	{serving, (*app).serveCommand},
	{events, (*app).pubCommand},
	{events, (*app).startCommand},
	{events, (*app).syncCommand},
	{observing, (*app).doctorCommand},
	{observing, (*app).tailCommand},
	{observing, (*app).traceCommand},
	{other, (*app).benchCommand},
	{other, (*app).conformanceCommand},
	{other, (*app).completionCommand},
	{other, (*app).versionCommand},
}
