package main

import "github.com/spf13/cobra"

// The groups of commands, as help shows them.
const (
	definitions = "Definitions"
	serving     = "Serving"
	deploying   = "Deploying"
	events      = "Events"
	operating   = "Operating"
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
	{deploying, (*app).deployCommand},
	{deploying, (*app).listCommand},
	{deploying, (*app).describeCommand},
	{deploying, (*app).versionsCommand},
	{deploying, (*app).aliasesCommand},
	{deploying, (*app).deleteCommand},
	{events, (*app).pubCommand},
	{events, (*app).startCommand},
	{events, (*app).syncCommand},
	{operating, (*app).dlqCommand},
	{operating, (*app).pauseCommand},
	{operating, (*app).resumeCommand},
	{operating, (*app).replayCommand},
	{observing, (*app).doctorCommand},
	{observing, (*app).tailCommand},
	{observing, (*app).topCommand},
	{observing, (*app).traceCommand},
	{other, (*app).benchCommand},
	{other, (*app).conformanceCommand},
	{other, (*app).completionCommand},
	{other, (*app).versionCommand},
}
